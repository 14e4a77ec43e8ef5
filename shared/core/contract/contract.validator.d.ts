/** The types of contract.validator.js, which `npm run build:validators` makes from contract.schema.json. */
import type { ErrorObject } from 'ajv/dist/2020.js'
import type { ContractDocument } from './contract-document.ts'

export const isContractDocument: {
  (document: unknown): document is ContractDocument
  /** Of the latest call; null when it was true. */
  errors?: ErrorObject[] | null
}
