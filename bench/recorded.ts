/**
 * What a review over HTTPS costs in CPU of the floor's, as docs/performance.md has it. The guard fails when the
 * floor's share of the cost falls by more than a quarter.
 */
export const RECORDED = { timesFloor: 3.7 }
