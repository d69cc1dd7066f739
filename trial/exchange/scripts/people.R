tell_rate <- function(measure, count, days, ...) {
  months <- days / 30.4375
  if (days == 0) {
    return(tell(measure, NA, ..., numerator = count, denominator = 0,
                reason = "there was no open time to count over"))
  }
  limits <- poisson.test(count, months)$conf.int
  tell(measure, count / months, ..., numerator = count, denominator = months, low = limits[1],
       high = limits[2])
}

# From considered to consented: every person once, by the enrolled row, else by the latest.

considered <- tables$screening
person <- considered$number
for (step in seq_len(nrow(considered))) {
  before <- as.numeric(considered$earlier)[match(person, considered$number)]
  if (all(is.na(before))) break
  person <- ifelse(is.na(before), person, before)
}
ordered <- order(considered$enrolled)
considered <- considered[ordered[!duplicated(person[ordered], fromLast = TRUE)], ]

# Where each person stands: the first of these that holds, so the last one is set first.
stands <- rep("eligible, not approached", nrow(considered))
stands[!is.na(considered$approached_on)] <- "approached, no answer yet"
stands[are(considered$outcome, "declined")] <- "declined"
stands[are(considered$outcome, "consented")] <- "consented, not yet enrolled"
stands[!are(considered$eligibility, "eligible")] <- "eligibility not yet determined"
stands[!are(considered$eligibility, "eligible") & are(considered$outcome, "declined")] <- "declined early"
stands[are(considered$eligibility, "not eligible")] <- "not eligible"
stands[are(considered$referral, "not referred")] <- "not referred"
stands[are(considered$enrolled, TRUE)] <- "enrolled"

consented <- stands %in% c("consented, not yet enrolled", "enrolled")
approached <- consented | stands %in% c("approached, no answer yet", "declined", "declined early")
tell("considered", nrow(considered))
tell("approached", sum(approached))
tell("consented", sum(consented))
tell_share("consented_of_approached", consented, approached)

# Enrolment and its rate per month that a cluster was open inside the window.

people <- tables$participants
clusters <- tables$clusters
opened <- pmax(clusters$opened_on, window[1])
closed <- pmin(clusters$closed_on, window[2], data_cut, na.rm = TRUE)
days <- pmax(0, as.numeric(closed - opened) + 1)
days[is.na(clusters$opened_on)] <- 0

tell("enrolled", nrow(people))
for (arm in names(arms)) tell("enrolled", sum(are(people$arm, arm)), arm = arm)
for (i in seq_len(nrow(clusters))) {
  name <- clusters$cluster[i]
  tell("enrolled", sum(are(people$cluster, name)), cluster = name)
}
tell("open_days", sum(days))
tell("cluster_months", sum(days) / 30.4375)
tell_rate("recruitment_rate", nrow(people), sum(days))
for (i in seq_len(nrow(clusters))) {
  name <- clusters$cluster[i]
  tell("open_days", days[i], cluster = name)
  tell_rate("recruitment_rate", sum(are(people$cluster, name)), days[i], cluster = name)
}

# Retention: primary visits done of everyone enrolled; withdrawn data do not count as done.

visits <- tables$visits[are(tables$visits$visit, primary_visit), ]
visits <- visits[match(people$number, visits$number), ]
kept <- is.na(people$withdrew_data_on)
done <- are(visits$state, "done") & kept
timely <- done & are(visits$opens_on <= visits$done_on & visits$done_on <= visits$closes_on, TRUE)

everyone <- rep(TRUE, nrow(people))
# Whoever consented to no such visit is never asked for it, and is left out.
held <- everyone
if (!is.null(people$visits_outside)) {
  outside <- paste0(" ", people$visits_outside, " ")
  held <- !grepl(paste0(" ", primary_key, " "), outside, fixed = TRUE)
}
tell_share("retention", done, held)
tell_share("retention_in_window", timely, held)
for (arm in names(arms)) {
  tell_share("retention", done, held & are(people$arm, arm), arm = arm)
  tell_share("retention_in_window", timely, held & are(people$arm, arm), arm = arm)
}

@@outcome@@

# Differences between the arms.

compare <- function(measure, events, among, first) {
  one <- among & are(people$arm, first)
  two <- among & are(people$arm, last)
  tell_difference(measure, sum(events & one), sum(one), sum(events & two), sum(two), arm = first,
                  compared_with = last)
}
if (length(arms) > 1) compare("retention_difference", done, held, names(arms)[1])
@@differences@@

# The outcome by cluster, of those for whom it is known and whose cluster's arm is told.

counted <- known & !is.na(people$arm)
found <- sort(unique(people$cluster[counted]))
values <- lapply(found, function(own) value[counted & people$cluster == own])
of <- vapply(found, function(own) as.character(people$arm[counted & people$cluster == own][1]), "")
n <- vapply(values, length, 0L)
p <- vapply(values, function(own) own[1] + mean(own - own[1]), 0)
squares <- vapply(values, function(own) sum((own - own[1] - mean(own - own[1]))^2), 0)
x <- n * p

# The intracluster correlation by one-way analysis of variance pooled within arm; the interval of Searle.
tell_icc <- function() {
  none <- function(reason) tell("icc_within_arm", NA, denominator = sum(n), reason = reason)
  if (!length(n)) return(none("nobody has an outcome"))
  own <- split(seq_along(n), of)
  df <- c(length(n) - length(own), sum(n) - length(n))
  if (df[1] < 1) return(none("every arm has one cluster: nothing tells clusters apart"))
  if (df[2] < 1) return(none("every cluster has one participant: nothing varies within clusters"))
  between <- sum(vapply(own, function(i) sum(n[i] * (p[i] - sum(x[i]) / sum(n[i]))^2), 0)) / df[1]
  within <- sum(squares) / df[2]
  alike <- all(vapply(own, function(i) max(p[i]) == min(p[i]), NA))
  if (within == 0 && alike) return(none("no variation: all outcomes of an arm are the same"))
  size <- (sum(n) - sum(vapply(own, function(i) sum(n[i]^2) / sum(n[i]), 0))) / df[1]
  if (alike) between <- 0
  below <- between + (size - 1) * within
  if (below <= 0) return(none("all clusters of an arm agree and are too small to compare"))
  r <- (between - within) / below
  limits <- c(NA, NA)
  reason <- "no interval: within each cluster all outcomes are the same"
  if (within > 0) {
    ratio <- between / within / qf(c(0.975, 0.025), df[1], df[2])
    if (all(ratio + size - 1 > 0)) {
      limits <- (ratio - 1) / (ratio + size - 1)
      reason <- ""
    } else {
      reason <- "no interval: the clusters' means agree and the clusters are too small"
    }
  }
  tell("icc_within_arm", r, denominator = sum(n), low = limits[1], high = limits[2], reason = reason)
}
tell_icc()

# The difference of the clusters' proportions or means, unweighted.
for (first in head(names(arms), -1)) tell_cluster_difference(first, p[of == first], p[of == last])
