# The primary outcome, unknown where the use of the data was withdrawn.

outcomes <- tables$outcomes[match(people$number, tables$outcomes$number), ]
value <- ifelse(kept, outcomes$value, NA)
known <- !is.na(value)
due <- are(outcomes$due_on <= data_cut, TRUE) & !are(people$died_on < outcomes$due_on, TRUE)

tell_share("outcome_known", known, due)
tell_outcome <- function(among, ...) {
  seen <- value[known & among]
  if (summary == "proportion") return(tell_share("outcome_observed", seen == 1, seen == seen, ...))
  about <- function(estimate, reason, low = NA, high = NA) {
    tell("outcome_observed", estimate, ..., denominator = length(seen), low = low, high = high,
         reason = reason)
  }
  if (!length(seen)) return(about(NA, "nobody has an outcome"))
  if (length(seen) == 1) return(about(seen, "one person has no spread"))
  half <- qt(0.975, length(seen) - 1) * sd(seen) / sqrt(length(seen))
  about(mean(seen), "", mean(seen) - half, mean(seen) + half)
}

tell_outcome(everyone)
for (arm in names(arms)) tell_outcome(are(people$arm, arm), arm = arm)
