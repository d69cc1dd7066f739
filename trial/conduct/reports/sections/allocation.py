"""How the clusters were allocated, who knew, and from whom consent was sought."""

from collections.abc import Iterator

from trial.conduct.dates import words
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled, each_row
from trial.protocol import Protocol
from trial.report.value import Block, Table, Text


def sequence(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How the order of allocation came about."""
    yield Text(
        "All permitted allocations of the clusters were listed in a text whose SHA-256 was fixed first."
        " Two people, one of them outside the trial team, each committed to a code of chance before"
        " either was shown; the fixed text and both codes together chose one of the allocations, so"
        " that neither person could steer the choice and anyone can redo it."
    )
    made = found.drawing
    if made.drawn_on:
        yield Text(f"Drawn on {words(made.drawn_on)}. SHA-256 of the text: {made.fingerprint}.")
    elif made.frozen_on:
        yield Text(f"The text was fixed on {words(made.frozen_on)}; nothing is drawn yet.")
    else:
        yield Text("The clusters are not allocated yet.")
    if made.abandoned:
        yield Text(f"Ceremonies abandoned before the draw: {made.abandoned}.")


def restriction(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Over what the arms were balanced, and how many allocations that left."""
    over = " and ".join(protocol.allocation.balance)
    yield Text(
        f"Restricted so that the arms are balanced over {over}."
        if over
        else "Without restriction but for the number of clusters in each arm."
    )
    if found.drawing.schemes:
        yield Text(f"Permitted allocations: {found.drawing.schemes}.")


def concealment(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How the allocation was kept from those who opened clusters and enrolled people."""
    order = (
        "A cluster needs its permission and has to be open before it can be allocated."
        if protocol.allocation.after_opening
        else "The clusters could be allocated before they opened."
    )
    yield Text(
        f"{order} All clusters were allocated in one draw; a cluster's arm was told to its team only"
        " when it was revealed, by an act of its own with its time."
    )


def people(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Who drew."""
    who = found.drawing.people
    if found.drawing.drawn_on and who:
        yield Text(
            f"Drawn by {' and '.join(who)}. Participants were enrolled by the researchers of the"
            " clusters; who recorded each step stands under item 15."
        )
    else:
        yield Text("Nobody has drawn yet.")


def gatekeepers(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """From whom consent was sought, for clusters and for participants, and when."""
    own = "every participant gave their own consent."
    if protocol.consent.bases:
        own = f"participants took part {sentences.on_bases(protocol)}."
    yield Text(f"A gatekeeper gave permission for each cluster; {own}")
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
        " and clusters under numbers, both drawn at random; participants and clinical teams know"
        " their arm."
    )
    if may:
        yield Text(f"Of these, could be unblinded with a reason on record: {', '.join(may)}.")
