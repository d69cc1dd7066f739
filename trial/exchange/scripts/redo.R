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

# The primary outcome of those for whom it is known: a share, or a mean with its t interval.
tell_observed <- function(seen, unit, ...) {
  if (summary == "proportion") return(tell_share("outcome_observed", seen == 1, seen == seen, ...))
  about <- function(estimate, reason, low = NA, high = NA) {
    tell("outcome_observed", estimate, ..., denominator = length(seen), low = low, high = high,
         reason = reason)
  }
  if (!length(seen)) return(about(NA, paste("no", unit, "has an outcome")))
  if (length(seen) == 1) return(about(seen, paste("one", unit, "has no spread")))
  half <- qt(0.975, length(seen) - 1) * sd(seen) / sqrt(length(seen))
  about(mean(seen), "", mean(seen) - half, mean(seen) + half)
}

# The values of the clusters of an arm against those of the last: the t interval on clusters - 2.
last <- names(arms)[length(arms)]
tell_cluster_difference <- function(first, one, two) {
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

@@figures@@

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
