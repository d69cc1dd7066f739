# Redoes the headline table of this export from its files, with base R alone:
#     Rscript redo.R
# or, in a session, source("redo.R"). The tables stay in the list `tables`, typed, with factors that have
# the labels of the protocol. Writes headline_from_r.csv and compares it with headline.csv; the script
# ends with status 1 if a number differs by more than 0.000001. How each figure is defined stands in
# codebook.csv, in headline.csv (method) and in README.txt.

@@settings@@

# Where the files are: the folder of this script.

folder <- local({
  named <- grep("^--file=", commandArgs(FALSE), value = TRUE)
  sourced <- NULL
  for (frame in sys.frames()) if (!is.null(frame$ofile)) sourced <- frame$ofile
  if (!is.null(sourced)) dirname(sourced)
  else if (length(named)) dirname(gsub("~+~", " ", sub("^--file=", "", named[1]), fixed = TRUE))
  else "."
})

# Reading: every cell as text, an empty cell as missing, then each column as its kind.

read_cells <- function(name) {
  read.csv(file.path(folder, paste0(name, ".csv")), colClasses = "character", na.strings = "",
           encoding = "UTF-8", check.names = FALSE, strip.white = FALSE)
}

# Codes that are not in the lists of this version of the protocol become levels of their own.
as_coded <- function(cells, labels) {
  others <- setdiff(unique(cells[!is.na(cells)]), names(labels))
  factor(cells, levels = c(names(labels), others), labels = c(unname(labels), others))
}

as_kind <- function(cells, kind, labels) {
  switch(kind,
    date = as.Date(cells, format = "%Y-%m-%d"),
    number = as.numeric(cells),
    decimal = as.numeric(cells),
    truth = cells == "yes",
    code = as_coded(cells, labels),
    arm = factor(cells, levels = names(arms)),
    cells)
}

read_table <- function(name) {
  table <- read_cells(name)
  if (!identical(names(table), names(kinds[[name]]))) {
    stop("the columns of ", name, ".csv are not those that were exported")
  }
  for (column in names(table)) {
    table[[column]] <- as_kind(table[[column]], kinds[[name]][[column]],
                               codes[[paste(name, column, sep = ".")]])
  }
  table
}

tables <- lapply(setNames(names(kinds), names(kinds)), read_table)

# The table of results: one call of `tell` a row.

rows <- list()

tell <- function(measure, estimate, arm = "", compared_with = "", cluster = "", numerator = NA,
                 denominator = NA, low = NA, high = NA, reason = "") {
  rows[[length(rows) + 1]] <<- data.frame(
    measure, arm, compared_with, cluster, numerator = as.numeric(numerator),
    denominator = as.numeric(denominator), estimate = as.numeric(estimate), low = as.numeric(low),
    high = as.numeric(high), reason, stringsAsFactors = FALSE)
}

are <- function(values, wanted) !is.na(values) & values == wanted

nobody <- "there is nobody to count (the denominator is 0)"

# Wilson's interval is that of prop.test without continuity correction.
wilson <- function(x, n) {
  as.numeric(suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int)
}

tell_share <- function(measure, events, among, ...) {
  x <- sum(events & among)
  n <- sum(among)
  if (n == 0) return(tell(measure, NA, ..., denominator = 0, reason = nobody))
  limits <- wilson(x, n)
  tell(measure, x / n, ..., numerator = x, denominator = n, low = limits[1], high = limits[2])
}

# Newcombe's interval: the squared distances to Wilson's limits, added.
tell_difference <- function(measure, x1, n1, x2, n2, ...) {
  if (n1 == 0 || n2 == 0) {
    return(tell(measure, NA, ..., denominator = n1 + n2,
                reason = "one of the two groups has nobody in it"))
  }
  p1 <- x1 / n1
  p2 <- x2 / n2
  one <- wilson(x1, n1)
  two <- wilson(x2, n2)
  tell(measure, p1 - p2, ..., denominator = n1 + n2,
       low = p1 - p2 - sqrt((p1 - one[1])^2 + (two[2] - p2)^2),
       high = p1 - p2 + sqrt((one[2] - p1)^2 + (p2 - two[1])^2))
}

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

last <- names(arms)[length(arms)]
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

# The difference of the clusters' proportions or means, unweighted, with its t interval on clusters - 2.
tell_cluster_difference <- function(first) {
  one <- p[of == first]
  two <- p[of == last]
  k <- length(one) + length(two)
  about <- function(estimate, reason, low = NA, high = NA) {
    tell("cluster_mean_difference", estimate, arm = first, compared_with = last, denominator = k,
         low = low, high = high, reason = reason)
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
for (first in head(names(arms), -1)) tell_cluster_difference(first)

# Written, and compared with the headline table that was exported.

redone <- do.call(rbind, rows)
shown <- redone
for (column in c("numerator", "denominator", "estimate", "low", "high")) {
  number <- shown[[column]]
  shown[[column]] <- ifelse(is.na(number), "", sprintf("%.15g", number))
}
write.csv(shown, file.path(folder, "headline_from_r.csv"), row.names = FALSE,
          fileEncoding = "UTF-8")

exported <- read_cells("headline")
keys <- c("measure", "arm", "compared_with", "cluster")
exported[keys][is.na(exported[keys])] <- ""
key <- function(table) do.call(paste, c(table[keys], sep = " | "))
told <- function(table) gsub("( \\| )+$", "", key(table))
place <- match(key(exported), key(redone))
differences <- c(
  sprintf("%s: not redone", told(exported)[is.na(place)]),
  sprintf("%s: not in headline.csv", told(redone)[!key(redone) %in% key(exported)]))
for (column in c("numerator", "denominator", "estimate", "low", "high")) {
  theirs <- as.numeric(exported[[column]])
  ours <- redone[[column]][place]
  apart <- !is.na(place) & (is.na(theirs) != is.na(ours) | are(abs(theirs - ours) > 1e-6, TRUE))
  differences <- c(differences, sprintf("%s: %s is %s, headline.csv has %s", told(exported)[apart],
                                        column, format(ours[apart], digits = 10),
                                        exported[[column]][apart]))
}

cat(trial_name, ": ", nrow(exported), " rows of the headline table, ", length(differences),
    " differences.\n", sep = "")
if (length(differences)) {
  cat(paste0(differences, "\n"), sep = "")
  if (interactive()) stop("the headline table could not be redone") else quit("no", status = 1)
}
