for (first in head(names(arms), -1)) {
  compare("open_at_12_difference_observed", employed, known, first)
  compare("open_at_12_difference_missing_as_not_employed", employed, everyone, first)
}
