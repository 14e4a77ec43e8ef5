import { openMemorySink } from './memory.ts'
import { describeSink } from './sink.conformance.ts'

describeSink('memory', async () => openMemorySink())
