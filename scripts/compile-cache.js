/**
 * Preloaded by commands that have less to do than to load (`node --import`): Node keeps compiled and type-stripped sources
 * in the system's temporary folder, which halves the start of the second and every later run. JavaScript, because a
 * preloaded TypeScript file would first load the compiler that the cache is there to spare.
 */
import { enableCompileCache } from 'node:module'

enableCompileCache()
