import { DEFAULT_LOGISTIC } from '../dense/logistic.ts'
import { DEFAULT_BOOST } from '../gbt/boost.ts'
import { describeFamily } from './family.conformance.ts'
import { gbtFamily, logisticFamily } from './family.ts'

describeFamily(gbtFamily, { ...DEFAULT_BOOST, trees: 200, leaves: 31, earlyStoppingRounds: 0 })
describeFamily(logisticFamily, DEFAULT_LOGISTIC)
