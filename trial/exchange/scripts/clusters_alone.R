# How far the clusters came.

clusters <- tables$clusters
tell("clusters_assessed", nrow(clusters))
tell("clusters_permitted", sum(!is.na(clusters$permission_on)))
tell("clusters_opened", sum(!is.na(clusters$opened_on)))
tell("clusters_allocated", sum(!is.na(clusters$allocated_on)))

part <- clusters[!is.na(clusters$opened_on) | !is.na(clusters$allocated_on), ]
for (arm in names(arms)) tell("clusters_allocated", sum(are(part$arm, arm)), arm = arm)

# The outcome, one value of each cluster.

outcomes <- tables$outcomes[match(part$cluster, tables$outcomes$cluster), ]
value <- outcomes$value
known <- !is.na(value)
tell_share("outcome_known", known, are(outcomes$due_on <= data_cut, TRUE))

tell_outcome <- function(among, ...) {
  seen <- value[known & among]
  if (summary == "proportion") return(tell_share("outcome_observed", seen == 1, seen == seen, ...))
  about <- function(estimate, reason, low = NA, high = NA) {
    tell("outcome_observed", estimate, ..., denominator = length(seen), low = low, high = high,
         reason = reason)
  }
  if (!length(seen)) return(about(NA, "no cluster has an outcome"))
  if (length(seen) == 1) return(about(seen, "one cluster has no spread"))
  half <- qt(0.975, length(seen) - 1) * sd(seen) / sqrt(length(seen))
  about(mean(seen), "", mean(seen) - half, mean(seen) + half)
}
tell_outcome(rep(TRUE, nrow(part)))
for (arm in names(arms)) tell_outcome(are(part$arm, arm), arm = arm)

# Each arm compared with the last: means by the t interval, shares by Newcombe's.

last <- names(arms)[length(arms)]
tell_apart <- function(first) {
  one <- value[known & are(part$arm, first)]
  two <- value[known & are(part$arm, last)]
  if (summary == "proportion") {
    return(tell_difference("cluster_mean_difference", sum(one), length(one), sum(two), length(two),
                           arm = first, compared_with = last))
  }
  about <- function(estimate, reason, low = NA, high = NA) {
    tell("cluster_mean_difference", estimate, arm = first, compared_with = last,
         denominator = length(one) + length(two), low = low, high = high, reason = reason)
  }
  if (!length(one) || !length(two)) return(about(NA, "an arm has no cluster with an outcome"))
  gap <- mean(one) - mean(two)
  if (min(length(one), length(two)) < 2) return(about(gap, "an arm has one cluster"))
  if (max(diff(range(one)), diff(range(two))) <= 1e-13 * max(abs(c(one, two)))) {
    return(about(gap, "the clusters of each arm agree, so there is no spread to measure by"))
  }
  limits <- t.test(one, two, var.equal = TRUE)$conf.int
  about(gap, "", limits[1], limits[2])
}
for (first in head(names(arms), -1)) tell_apart(first)
