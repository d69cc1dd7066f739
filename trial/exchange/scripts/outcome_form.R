# The primary outcome, unknown where the use of the data was withdrawn.

outcomes <- tables$outcomes[match(people$number, tables$outcomes$number), ]
value <- ifelse(kept, outcomes$value, NA)
known <- !is.na(value)
due <- are(outcomes$due_on <= data_cut, TRUE) & !are(people$died_on < outcomes$due_on, TRUE)

tell_share("outcome_known", known, due)
tell_outcome <- function(among, ...) tell_observed(value[known & among], "person", ...)

tell_outcome(everyone)
for (arm in names(arms)) tell_outcome(are(people$arm, arm), arm = arm)
