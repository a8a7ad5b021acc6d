/**
 * What a review over HTTPS costs in CPU of the floor's, at most where docs/performance.md has 2.5: machines on which the
 * floor is faster have more. The guard fails when the floor's share of the cost falls by more than a quarter.
 */
export const RECORDED = { timesFloor: 3 }
