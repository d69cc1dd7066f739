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

tell_outcome <- function(among, ...) tell_observed(value[known & among], "cluster", ...)
tell_outcome(rep(TRUE, nrow(part)))
for (arm in names(arms)) tell_outcome(are(part$arm, arm), arm = arm)

# Each arm compared with the last: means by the t interval, shares by Newcombe's.

for (first in head(names(arms), -1)) {
  one <- value[known & are(part$arm, first)]
  two <- value[known & are(part$arm, last)]
  if (summary == "mean") tell_cluster_difference(first, one, two)
  else tell_difference("cluster_mean_difference", sum(one), length(one), sum(two), length(two),
                       arm = first, compared_with = last)
}
