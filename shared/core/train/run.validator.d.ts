/** The types of run.validator.js, which `npm run build:validators` makes from run.schema.json. */
import type { ErrorObject } from 'ajv/dist/2020.js'
import type { RunDocument } from './run.ts'

export const isRunDocument: {
  /** Fills what has a default into the document. */
  (document: unknown): document is RunDocument
  /** Of the latest call; null when it was true. */
  errors?: ErrorObject[] | null
}
