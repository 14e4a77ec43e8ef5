import { describe } from 'vitest'
import { DEFAULT_LOGISTIC } from '../dense/logistic.ts'
import { DEFAULT_MLP } from '../dense/mlp.ts'
import { DEFAULT_BOOST } from '../gbt/boost.ts'
import { describeFamily } from './family.conformance.ts'
import { gbtFamily, logisticFamily, mlpFamily } from './family.ts'

describeFamily(gbtFamily, { ...DEFAULT_BOOST, trees: 200, leaves: 31, earlyStoppingRounds: 0 })
describeFamily(logisticFamily, DEFAULT_LOGISTIC)
describe('an L1 penalty chosen on a path', () => {
  describeFamily(logisticFamily, { ...DEFAULT_LOGISTIC, l1: 3, path: 4 })
})
describeFamily(mlpFamily, { ...DEFAULT_MLP, epochs: 30 })
describe('two hidden layers', () => {
  describeFamily(mlpFamily, { ...DEFAULT_MLP, secondHiddenUnits: 8, epochs: 20 })
})
