import { expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { openSink } from './open-sink.ts'

test.each([
  'none',
  'memory:',
  'sqlite:artifacts/treeline.db',
  'sqlite:/var/x y.db',
  'bigquery://my-project/my_dataset',
])('%s is an address, and opening it touches nothing yet', uri => {
  expect(openSink(uri).uri).toBe(uri)
})

test.each([
  '',
  'sqlite:',
  'sqlite:a\0b',
  'sqlite::memory:',
  'bigquery://p/d',
  'bigquery://my-project',
  'bigquery://my-project/a-b',
  'x.db',
])('%j is refused with what is allowed', uri => {
  expect(() => openSink(uri)).toThrow(AppError)
  expect(() => openSink(uri)).toThrow(/sqlite:FILE such as .*, bigquery:\/\/project\/dataset, or none/)
})
