"""How the clusters were allocated, who knew, and from whom consent was sought."""

from collections.abc import Iterator

from trial.conduct.dates import words
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled, each_row
from trial.protocol import Protocol
from trial.protocol.design import EarlierAllocation, Minimisation
from trial.report.value import Block, Table, Text


def sequence(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How the order of allocation came about."""
    if protocol.allocation.earlier:
        yield from _kept(protocol.allocation.earlier, found)
        return
    several = len(protocol.allocation.each_draw) > 1
    yield Text(
        ("The clusters were allocated in several draws. In each, all" if several else "All")
        + " permitted allocations of the clusters were listed in a text whose SHA-256 was fixed first."
        " Two people, one of them outside the trial team, each committed to a code of chance before"
        " either was shown; the fixed text and both codes together chose one of the allocations, so"
        " that neither person could steer the choice and anyone can redo it."
    )
    for number, made in enumerate(found.drawing.draws, start=1):
        which = f"Draw {number}: " if several else ""
        if made.drawn_on:
            said = f"drawn on {words(made.drawn_on)}. SHA-256 of the text: {made.fingerprint}."
        else:
            said = f"the text was fixed on {words(made.frozen_on)}; nothing is drawn yet."
        yield Text(which + said if which else said[0].upper() + said[1:])
    if not found.drawing.draws:
        yield Text("The clusters are not allocated yet.")
    yield from _replaced(protocol, found)
    if found.drawing.abandoned:
        yield Text(f"Ceremonies abandoned before the draw: {found.drawing.abandoned}.")


def _replaced(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Which clusters took the place of another after the draw; the blinded are told how many."""
    rows = {one.id: one for one in each_row(found.frames.records["cluster"])}
    taken = [one for one in rows.values() if one.replaces_id in rows]
    if not taken:
        return
    if found.told.blinded:
        yield Text(f"Places taken by a reserve after the draw, with their arm: {len(taken)}.")
        return
    names = sentences.cluster_labels(protocol, found.told)
    yield Table(
        "Places taken by a reserve after the draw: these arms were not drawn",
        ("Cluster", "In place of", "On"),
        tuple(
            (names.get(one.key, one.key), names[rows[one.replaces_id].key], one.allocated_on)
            for one in taken
        ),
    )


def _kept(earlier: EarlierAllocation, found: Assembled) -> Iterator[Block]:
    """That nothing was drawn, and how the allocation made elsewhere came into this trial."""
    yield Text(
        f"The clusters kept the allocation of {earlier.source}, made on {words(earlier.allocated_on)};"
        " nothing was drawn in this trial. Two people, one of them outside the trial team, recorded it"
        " from its source, the second without having been shown what was recorded."
    )
    made = found.drawing.draws
    if not made or not made[0].drawn_on:
        yield Text("It has not been recorded by both yet.")
    else:
        yield Text(
            f"Both records agreed on {words(made[0].drawn_on)}. SHA-256 of the text:"
            f" {made[0].fingerprint}."
        )


def restriction(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Over what the arms were balanced, and how many allocations that left."""
    rules = protocol.allocation
    if rules.earlier:
        yield Text("As it was made elsewhere: how, is the authors' to say.")
        return
    over = " and ".join(rules.balance)
    if over:
        yield Text(f"Restricted so that the arms are balanced over {over}.")
    if rules.minimise:
        yield Text(_minimised(protocol, rules.minimise))
    if not over and not rules.minimise:
        yield Text("Without restriction but for the number of clusters in each arm.")
    for number, made in enumerate(found.drawing.draws, start=1):
        which = f" in draw {number}" if len(rules.each_draw) > 1 else ""
        yield Text(f"Permitted allocations{which}: {made.schemes}.")


def _minimised(protocol: Protocol, rule: Minimisation) -> str:
    over = " and ".join(rule.over)
    kept = "those with the least imbalance"
    if rule.at_least > 1:
        kept = (
            f"the {rule.at_least:,} with the least imbalance (and those with as little as the last)"
        )
    counted = (
        ", counting the clusters drawn before," if len(protocol.allocation.each_draw) > 1 else ""
    )
    return (
        f"Of the allocations with these numbers {kept} were permitted{counted} where imbalance is the"
        f" distance of the arms from an even share, summed over the values of {over} (Pocock and Simon"
        " 1975); among them the draw was at random."
    )


def concealment(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How the allocation was kept from those who opened clusters and enrolled people."""
    order = (
        "A cluster needs its permission and has to be open before it can be allocated."
        if protocol.allocation.after_opening
        else "The clusters could be allocated before they opened."
    )
    if protocol.allocation.earlier:
        yield Text(
            "The arms of the clusters were known from elsewhere before this trial, and were not concealed"
            " from whoever knew of that allocation. Who was blinded here stands under item 11a."
        )
        return
    number = len(protocol.allocation.each_draw)
    draws = "one draw" if number == 1 else f"{number} draws, each of the clusters named beforehand"
    yield Text(
        f"{order} All clusters were allocated in {draws}; a cluster's arm was told to its team only"
        " when it was revealed, by an act of its own with its time."
    )


def people(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Who drew."""
    made = [one for one in found.drawing.draws if one.drawn_on]
    if not made:
        yield Text("Nobody has drawn yet.")
        return
    teams = dict.fromkeys(" and ".join(one.people) for one in made)
    did = "Recorded" if protocol.allocation.earlier else "Drawn"
    enrolled = (
        " Participants were enrolled by the researchers of the clusters; who recorded each step stands"
        " under item 15."
    )
    yield Text(f"{did} by {'; later by '.join(teams)}.{enrolled if protocol.participants else ''}")


def gatekeepers(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """From whom consent was sought, for clusters and for participants, and when."""
    own = "; every participant gave their own consent"
    if not protocol.participants:
        own = ""
    elif protocol.consent.bases:
        own = f"; participants took part {sentences.on_bases(protocol)}"
    yield Text(f"A gatekeeper gave permission for each cluster{own}.")
    if found.told.blinded:
        yield Text(
            "The days of each cluster are left out here: they would tell which cluster stands behind"
            " a number."
        )
        return
    labels = sentences.cluster_labels(protocol, found.told)
    yield Table(
        "Permission of the clusters, and when the arm was told",
        ("Cluster", "Approached", "Permission", "Opened", "Arm revealed"),
        tuple(
            (labels.get(one.cluster, one.cluster), one.approached_on, one.permission_on,
             one.opened_on, one.revealed_on)
            for one in each_row(found.frames.clusters)
        ),
    )  # fmt: skip


def blinding(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Who was kept from knowing the arms."""
    blinded = [role.value for role in protocol.blinding.blinded_roles]
    may = [role.value for role in protocol.blinding.may_unblind]
    if not blinded:
        yield Text("Nobody was blinded to the arms.")
        return
    yield Text(
        f"Blinded to the arms in this system: {', '.join(blinded)}. They are shown arms under letters"
        " and clusters under numbers, both drawn at random;"
        f" {'participants and clinical teams' if protocol.participants else 'the clusters'} know"
        " their arm."
    )
    if may:
        yield Text(f"Of these, could be unblinded with a reason on record: {', '.join(may)}.")
