import { openMemory } from './memory.ts'
import { describeStorage } from './storage.conformance.ts'

describeStorage('memory', openMemory)
