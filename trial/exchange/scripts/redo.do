* Redoes the headline table of this export from its files, in Stata 14 or later, without further packages.
* Go to the folder of the files first, then run it:
*     cd "folder of the export"
*     do redo.do
* Afterwards read_participants, read_visits and so on load a table with its labels. The do-file writes
* headline_from_stata.csv and compares it with headline.csv; it ends with r(9) if a number differs by more
* than 0.000001. How each figure is defined stands in codebook.csv, in headline.csv (method) and in
* README.txt.

version 14
clear all
set more off
set dp period

capture confirm file "headline.csv"
if _rc {
    display as error "headline.csv is not in this folder: go to the folder of the export with cd first"
    exit 601
}

* Reading: every cell as text, the names of the columns compared with those that were exported, then
* each column as its kind.

program define read_cells
    gettoken table names : 0
    quietly import delimited using "`table'.csv", clear delimiters(",") varnames(nonames) ///
        stringcols(_all) bindquote(strict) encoding("UTF-8")
    local place = 0
    foreach name of local names {
        local ++place
        if v`place'[1] != "`name'" {
            display as error "the columns of `table'.csv are not those that were exported"
            exit 9
        }
        rename v`place' `name'
    }
    quietly drop in 1
end

program define make_date
    args name
    quietly generate long made = daily(`name', "YMD")
    format made %td
    drop `name'
    rename made `name'
end

program define make_number
    args name
    quietly generate double made = real(`name')
    drop `name'
    rename made `name'
end

program define make_decimal
    make_number `0'
end

program define make_truth
    args name
    quietly generate byte made = cond(`name' == "yes", 1, cond(`name' == "no", 0, .))
    drop `name'
    rename made `name'
    label define `name' 0 "no" 1 "yes", modify
    label values `name' `name'
end

* A coded column: its codes become 1, 2, ... in the order of the protocol, whose labels are put on
* afterwards. Codes that are not in the lists of this version of the protocol come after them.
program define make_code
    gettoken name codes : 0
    quietly generate int made = .
    local number = 0
    foreach code of local codes {
        local ++number
        quietly replace made = `number' if `name' == "`code'"
    }
    quietly count if missing(made) & `name' != ""
    if r(N) > 0 {
        quietly levelsof `name' if missing(made) & `name' != "", local(others)
        foreach other of local others {
            local ++number
            quietly replace made = `number' if `name' == `"`other'"'
            label define `name' `number' `"`other'"', modify
        }
    }
    drop `name'
    rename made `name'
    label values `name' `name'
end

@@settings@@

* The table of results: one call of tell a row. What is not given is missing.

program define tell
    syntax anything(name=measure) [, estimate(string) numerator(string) denominator(string) ///
        low(string) high(string) arm(string) compared(string) cluster(string) reason(string)]
    foreach figure in estimate numerator denominator low high {
        if "``figure''" == "" local `figure' .
    }
    post headline ("`measure'") ("`arm'") ("`compared'") (`"`cluster'"') (`numerator') ///
        (`denominator') (`estimate') (`low') (`high') (`"`reason'"')
end

* Wilson's limits of x of n, in r(low) and r(high).
program define wilson, rclass
    args x n
    tempname z p centre half
    scalar `z' = invnormal(0.975)
    scalar `p' = `x' / `n'
    scalar `centre' = (2 * `x' + `z'^2) / (2 * (`n' + `z'^2))
    scalar `half' = `z' * sqrt(`z'^2 + 4 * `x' * (1 - `p')) / (2 * (`n' + `z'^2))
    return scalar low = cond(`x' == 0, 0, max(0, `centre' - `half'))
    return scalar high = cond(`x' == `n', 1, min(1, `centre' + `half'))
end

* A proportion: tell_share MEASURE x n, with the options of tell.
program define tell_share
    syntax anything [, *]
    gettoken measure counts : anything
    gettoken x n : counts
    if `n' == 0 {
        tell `measure', denominator(0) `options' ///
            reason(there is nobody to count (the denominator is 0))
        exit
    }
    wilson `x' `n'
    tell `measure', estimate(`x' / `n') numerator(`x') denominator(`n') low(`r(low)') ///
        high(`r(high)') `options'
end

* Newcombe's interval: the squared distances to Wilson's limits, added.
program define tell_difference
    syntax anything [, *]
    gettoken measure counts : anything
    tokenize `counts'
    args x1 n1 x2 n2
    local n = `n1' + `n2'
    if `n1' == 0 | `n2' == 0 {
        tell `measure', denominator(`n') `options' reason(one of the two groups has nobody in it)
        exit
    }
    tempname p1 p2 low1 high1 low2 high2 low high
    scalar `p1' = `x1' / `n1'
    scalar `p2' = `x2' / `n2'
    wilson `x1' `n1'
    scalar `low1' = r(low)
    scalar `high1' = r(high)
    wilson `x2' `n2'
    scalar `low2' = r(low)
    scalar `high2' = r(high)
    scalar `low' = `p1' - `p2' - sqrt((`p1' - `low1')^2 + (`high2' - `p2')^2)
    scalar `high' = `p1' - `p2' + sqrt((`high1' - `p1')^2 + (`p2' - `low2')^2)
    tell `measure', estimate(`p1' - `p2') denominator(`n') low(`low') high(`high') `options'
end

* A rate for each month that a cluster was open, with Garwood's interval: tell_rate MEASURE count days.
program define tell_rate
    syntax anything [, *]
    gettoken measure counts : anything
    gettoken count days : counts
    if `days' == 0 {
        tell `measure', numerator(`count') denominator(0) `options' ///
            reason(there was no open time to count over)
        exit
    }
    tempname months low high
    scalar `months' = `days' / 30.4375
    scalar `low' = 0
    if `count' > 0 scalar `low' = invgammap(`count', 0.025) / `months'
    scalar `high' = invgammap(`count' + 1, 0.975) / `months'
    tell `measure', estimate(`count' / `months') numerator(`count') denominator(`months') ///
        low(`low') high(`high') `options'
end

tempfile results everyone seen derived
postfile headline str60 measure str20 arm str20 compared_with str120 cluster double numerator ///
    double denominator double estimate double low double high str120 reason using "`results'"

* From considered to consented: every person once, by the enrolled row, else by the latest.

read_screening
generate long row = _n
generate double before = real(earlier)
generate double person = number
* An earlier row has a smaller number, so its person is known when its turn comes.
sort number
forvalues i = 1/`=_N' {
    if before[`i'] < . {
        quietly summarize person if number == before[`i'], meanonly
        quietly replace person = cond(r(N) > 0, r(mean), before[`i']) in `i'
    }
}
if _N > 0 {
    quietly bysort person (enrolled row): keep if _n == _N
}

* Where each person stands: the first of these that holds, so the last one is set first.
generate str30 stands = "not approached"
quietly replace stands = "awaiting" if !missing(approached_on)
quietly replace stands = "declined" if outcome == "declined"
quietly replace stands = "consented" if outcome == "consented"
quietly replace stands = "undetermined" if eligibility != "eligible"
quietly replace stands = "declined early" if eligibility != "eligible" & outcome == "declined"
quietly replace stands = "not eligible" if eligibility == "not eligible"
quietly replace stands = "not referred" if referral == "not referred"
quietly replace stands = "enrolled" if enrolled == 1

local considered = _N
quietly count if inlist(stands, "consented", "enrolled")
local consented = r(N)
quietly count if inlist(stands, "consented", "enrolled", "awaiting", "declined", "declined early")
local approached = r(N)
tell considered, estimate(`considered')
tell approached, estimate(`approached')
tell consented, estimate(`consented')
tell_share consented_of_approached `consented' `approached'

* A table without rows gets one without a number, which matches nobody and is dropped again.
program define never_empty
    if _N == 0 quietly set obs 1
end

* One row a participant: retention at the primary visit, and the outcome on the 12-month date. Data whose
* use was withdrawn do not count as done, and the outcome is then unknown.

read_visits
quietly keep if visit == scalar(primary_visit)
keep number opens_on closes_on state done_on
never_empty
quietly save "`seen'"
read_outcomes
keep number open_at_12 complete open_days
never_empty
quietly save "`derived'"
read_participants
never_empty
quietly merge 1:1 number using "`seen'", keep(master match) nogenerate
quietly merge 1:1 number using "`derived'", keep(master match) nogenerate
quietly drop if number == ""
generate byte kept = missing(withdrew_data_on)
generate byte done = state == "done" & kept
generate byte timely = done & opens_on <= done_on & done_on <= closes_on & ///
    !missing(opens_on, done_on, closes_on)
generate byte employed = kept & open_at_12 == "yes":open_at_12 & !missing(open_at_12)
generate byte known = employed | (kept & open_at_12 == "no":open_at_12 & !missing(open_at_12))
generate byte whole = kept & complete == 1 & !missing(open_days)
* Whoever consented to no such visit is never asked for it, and is left out of retention.
generate byte held = 1
capture confirm variable visits_outside
if _rc == 0 {
    quietly replace held = strpos(" " + visits_outside + " ", " " + scalar(primary_key) + " ") == 0
}
quietly save "`everyone'", emptyok

* Enrolment and its rate per month that a cluster was open inside the window.

local enrolled = _N
tell enrolled, estimate(`enrolled')
local number = 0
foreach arm of global arms {
    local ++number
    quietly count if arm == `number'
    tell enrolled, estimate(`r(N)') arm(`arm')
}

read_clusters
generate double first = max(opened_on, scalar(window_opens))
generate double last = min(closed_on, scalar(window_closes), scalar(data_cut))
generate double days = cond(missing(opened_on), 0, max(0, last - first + 1))
local how_many = _N
local total = 0
forvalues i = 1/`how_many' {
    local days`i' = days[`i']
    local name`i' = cluster[`i']
    local total = `total' + `days`i''
}
tell open_days, estimate(`total')
tell cluster_months, estimate(`total' / 30.4375)
tell_rate recruitment_rate `enrolled' `total'
use "`everyone'", clear
forvalues i = 1/`how_many' {
    quietly count if cluster == `"`name`i''"'
    local count = r(N)
    tell enrolled, estimate(`count') cluster(`name`i'')
    tell open_days, estimate(`days`i'') cluster(`name`i'')
    tell_rate recruitment_rate `count' `days`i'', cluster(`name`i'')
}

* Shares of everybody (arm 0) and of each arm; x and n of an arm are kept for the differences.

local arms : word count $arms
forvalues number = 0/`arms' {
    local of
    local among 1
    if `number' > 0 {
        local which : word `number' of $arms
        local of arm(`which')
        local among arm == `number'
    }
    quietly count if `among'
    local n`number' = r(N)
    quietly count if `among' & held
    local held`number' = r(N)
    quietly count if `among' & done
    local done`number' = r(N)
    quietly count if `among' & timely
    local timely`number' = r(N)
    quietly count if `among' & employed
    local employed`number' = r(N)
    quietly count if `among' & known
    local known`number' = r(N)
    tell_share retention `done`number'' `held`number'', `of'
    tell_share retention_in_window `timely`number'' `held`number'', `of'
    tell_share open_at_12_observed `employed`number'' `known`number'', `of'
    tell_share open_at_12_missing_as_not_employed `employed`number'' `n`number'', `of'
    quietly summarize open_days if `among' & whole, detail
    local n = r(N)
    if `n' > 0 {
        tell open_days_worked_median, estimate(`r(p50)') denominator(`n') `of'
    }
    else {
        tell open_days_worked_median, denominator(0) `of' reason(no complete work history)
    }
}

* Differences: each arm minus the last.

if `arms' > 1 {
    local last : word `arms' of $arms
    local first : word 1 of $arms
    tell_difference retention_difference `done1' `held1' `done`arms'' `held`arms'', arm(`first') ///
        compared(`last')
}
local before_last = `arms' - 1
forvalues number = 1/`before_last' {
    local first : word `number' of $arms
    local observed `employed`number'' `known`number'' `employed`arms'' `known`arms''
    local all `employed`number'' `n`number'' `employed`arms'' `n`arms''
    tell_difference open_at_12_difference_observed `observed', arm(`first') compared(`last')
    tell_difference open_at_12_difference_missing_as_not_employed `all', arm(`first') ///
        compared(`last')
}

* The outcome by cluster, of those whose status is known and whose cluster's arm is told: one row a
* cluster with x of n, and the share p.

quietly keep if known & !missing(arm)
generate double x = employed
generate double n = 1
local people = _N
if `people' > 0 {
    collapse (sum) x n, by(cluster arm)
    generate double p = x / n
    bysort arm: egen double arm_n = total(n)
    bysort arm: egen double arm_x = total(x)
    bysort arm: egen double arm_least = min(p)
    bysort arm: egen double arm_most = max(p)
    bysort arm: generate byte arm_first = _n == 1
}

* The intracluster correlation by one-way analysis of variance pooled within arm, with Searle's interval.

program define tell_icc
    args people
    if `people' == 0 {
        tell icc_within_arm, denominator(0) reason(nobody has an outcome)
        exit
    }
    tempvar part
    tempname between within size below r ratio1 ratio2 low high
    quietly count if arm_first
    local df1 = _N - r(N)
    local df2 = `people' - _N
    if `df1' < 1 {
        tell icc_within_arm, denominator(`people') ///
            reason(every arm has one cluster: nothing tells clusters apart)
        exit
    }
    if `df2' < 1 {
        tell icc_within_arm, denominator(`people') ///
            reason(every cluster has one participant: nothing varies within clusters)
        exit
    }
    quietly count if arm_least != arm_most
    local alike = r(N) == 0
    quietly generate double `part' = n * (p - arm_x / arm_n)^2
    quietly summarize `part', meanonly
    scalar `between' = cond(`alike', 0, r(sum) / `df1')
    quietly replace `part' = x * (n - x) / n
    quietly summarize `part', meanonly
    scalar `within' = r(sum) / `df2'
    quietly replace `part' = n^2 / arm_n
    quietly summarize `part', meanonly
    scalar `size' = (`people' - r(sum)) / `df1'
    scalar `below' = `between' + (`size' - 1) * `within'
    if `within' == 0 & `alike' {
        tell icc_within_arm, denominator(`people') ///
            reason(no variation: all outcomes of an arm are the same)
        exit
    }
    if `below' <= 0 {
        tell icc_within_arm, denominator(`people') ///
            reason(all clusters of an arm agree and are too small to compare)
        exit
    }
    scalar `r' = (`between' - `within') / `below'
    if `within' == 0 {
        tell icc_within_arm, estimate(`r') denominator(`people') ///
            reason(no interval: within each cluster all outcomes are the same)
        exit
    }
    scalar `ratio1' = `between' / `within' / invF(`df1', `df2', 0.975)
    scalar `ratio2' = `between' / `within' / invF(`df1', `df2', 0.025)
    if min(`ratio1', `ratio2') + `size' - 1 <= 0 {
        tell icc_within_arm, estimate(`r') denominator(`people') ///
            reason(no interval: the means of the clusters agree and the clusters are too small)
        exit
    }
    scalar `low' = (`ratio1' - 1) / (`ratio1' + `size' - 1)
    scalar `high' = (`ratio2' - 1) / (`ratio2' + `size' - 1)
    tell icc_within_arm, estimate(`r') denominator(`people') low(`low') high(`high')
end

* The difference of the clusters' proportions, unweighted, with its t interval on clusters - 2.
program define tell_cluster_difference
    args people one two
    local which : word `one' of $arms
    local other : word `two' of $arms
    local k1 = 0
    local k2 = 0
    tempname mean1 mean2 squares1 squares2 spread most gap half
    if `people' > 0 {
        quietly count if arm == `one'
        local k1 = r(N)
        quietly count if arm == `two'
        local k2 = r(N)
    }
    local k = `k1' + `k2'
    if `k1' == 0 | `k2' == 0 {
        tell cluster_mean_difference, denominator(`k') arm(`which') compared(`other') ///
            reason(an arm has no cluster with an outcome)
        exit
    }
    quietly summarize p if arm == `one'
    scalar `mean1' = r(mean)
    scalar `squares1' = cond(`k1' > 1, r(Var) * (`k1' - 1), 0)
    scalar `spread' = r(max) - r(min)
    scalar `most' = r(max)
    quietly summarize p if arm == `two'
    scalar `mean2' = r(mean)
    scalar `squares2' = cond(`k2' > 1, r(Var) * (`k2' - 1), 0)
    scalar `spread' = max(`spread', r(max) - r(min))
    scalar `most' = max(`most', r(max))
    scalar `gap' = `mean1' - `mean2'
    if min(`k1', `k2') < 2 {
        tell cluster_mean_difference, estimate(`gap') denominator(`k') arm(`which') ///
            compared(`other') reason(an arm has one cluster)
        exit
    }
    if `spread' <= 1e-13 * `most' {
        tell cluster_mean_difference, estimate(`gap') denominator(`k') arm(`which') ///
            compared(`other') reason(the clusters of each arm agree: there is no spread to measure by)
        exit
    }
    scalar `half' = invttail(`k' - 2, 0.025) * ///
        sqrt((`squares1' + `squares2') / (`k' - 2) * (1 / `k1' + 1 / `k2'))
    tell cluster_mean_difference, estimate(`gap') denominator(`k') low(`gap' - `half') ///
        high(`gap' + `half') arm(`which') compared(`other')
end

tell_icc `people'
forvalues number = 1/`before_last' {
    tell_cluster_difference `people' `number' `arms'
}
postclose headline

* Written, and compared with the headline table that was exported.

use "`results'", clear
export delimited using "headline_from_stata.csv", replace
foreach figure in numerator denominator estimate low high {
    rename `figure' own_`figure'
}
drop reason
quietly save "`results'", replace
read_headline
quietly merge 1:1 measure arm compared_with cluster using "`results'"
generate byte differs = _merge != 3
foreach figure in numerator denominator estimate low high {
    quietly replace differs = 1 if missing(`figure') != missing(own_`figure')
    quietly replace differs = 1 if !missing(`figure', own_`figure') & ///
        abs(`figure' - own_`figure') > 1e-6
}
quietly count if differs
local differences = r(N)
display as text _N " rows of the headline table, `differences' with a difference"
if `differences' > 0 {
    list measure arm cluster estimate own_estimate low own_low high own_high if differs
    exit 9
}
