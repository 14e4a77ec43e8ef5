/** The definition of every statistic in the report, in words that let someone else compute the same number. */

export const DRIFT_METHOD: Readonly<Record<string, string>> = Object.freeze({
  psi: 'sum over bins of (c - r) ln(c / r), r and c the shares of the reference and of the current sample, each at least 1e-6. Numbers, integers too: bins [a, b) between the distinct deciles (type 7) of the reference, open at both ends; where the deciles are at most two distinct values, one bin would hold every row, and three stand in its place: below, equal to and above the value that the reference has most. Categories: one bin per level of either sample. Missing values are a bin of their own.',
  overall_drift: 'the PSI of at least one feature is above the threshold; p-values alone never decide',
  chance_limit:
    'the 0.99 quantile of chi-square with B - 1 degrees of freedom, times (1/n + 1/m); B bins hold a row, n and m are all rows. Without drift a PSI passes it 1 time in 100, where no bin is nearly empty.',
  ks: "two-sided Kolmogorov-Smirnov distance of the values that are not missing; p from Kolmogorov's limiting law at n m / (n + m), as scipy.special.kolmogorov(sqrt(n m / (n + m)) D)",
  chi_square:
    "Pearson's test of homogeneity of the 2 x k table of counts (levels, and missing where there is any), no continuity correction, levels without a row dropped; cramers_v is sqrt(statistic / (n + m)), without bias correction",
  p_adjusted: 'Benjamini and Hochberg (1995) over all features that have a p-value; the score is a family of its own',
  wasserstein:
    "Wasserstein-1 distance of the values that are not missing, over the reference's standard deviation (divided by n, ddof = 0); null where that is 0 and the samples differ",
  jensen_shannon: 'Jensen-Shannon distance (the root of the divergence), base 2, over the bins of the PSI: 0 to 1',
  prediction:
    'scores of the champion on at most 100,000 evenly spaced rows of each sample that predict would accept; of a profile, on the held-out rows of its training. A row is positive at or above the model threshold. calibration_gap is the mean score minus the rate of positive labels over the labelled rows.',
  served:
    'of a current sample that was served: the rows that predict answered in the window with the version of the reference. Features are counted as the model reads them, as float32, in the bins of the PSI; levels beyond the 1,000 first of a category are one bin. The positive rate is that of the answered classes; of more than 20,000 scores each is told by a neighbour, and ks is off by at most 0.0001.',
  approximate:
    'true: the reference is a profile whose column had more than 10,000 distinct values, kept as 10,000 evenly spaced order statistics; ks is then off by at most 0.0001, PSI and counts are exact',
})
