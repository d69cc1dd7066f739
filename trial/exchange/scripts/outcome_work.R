# Open employment on the 12-month date, unknown where the use of the data was withdrawn.

outcomes <- tables$outcomes[match(people$number, tables$outcomes$number), ]
status <- ifelse(kept, as.character(outcomes$open_at_12), NA)
employed <- are(status, "yes")
known <- employed | are(status, "no")
value <- as.numeric(employed)
whole <- kept & are(outcomes$complete, TRUE) & !is.na(outcomes$open_days)

tell_employment <- function(among, ...) {
  tell_share("open_at_12_observed", employed, known & among, ...)
  tell_share("open_at_12_missing_as_not_employed", employed, among, ...)
  totals <- outcomes$open_days[whole & among]
  tell("open_days_worked_median", if (length(totals)) median(totals) else NA, ...,
       denominator = length(totals), reason = if (length(totals)) "" else "no complete work history")
}

tell_employment(everyone)
for (arm in names(arms)) tell_employment(are(people$arm, arm), arm = arm)
