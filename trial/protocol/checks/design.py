"""Rules of the design: arms, clusters, strata, allocation, blinding."""

from collections import Counter
from collections.abc import Iterator, Mapping

from trial.protocol.blinding import Blinding
from trial.protocol.checks.found import Found
from trial.protocol.design import AllocationPlan, Arm, ClusterPlan, drawn_in


def reserves_can_replace(
    allocation: AllocationPlan, clusters: tuple[ClusterPlan, ...]
) -> Iterator[Found]:
    """Only a reserve takes the place of a cluster after the draw, and only where something is drawn."""
    if not allocation.replace_after_draw:
        return
    place = ("allocation", "replace_after_draw")
    if allocation.earlier is not None:
        yield Found(
            place, "Leave this out: an allocation made elsewhere is kept, and nothing drawn."
        )
    elif not any(one.reserve for one in clusters):
        yield Found(place, "Mark at least one cluster with reserve = true, or leave this out.")


def has_intervention(arms: tuple[Arm, ...]) -> Iterator[Found]:
    """At least one arm is the intervention."""
    if not any(arm.intervention for arm in arms):
        yield Found(("arms",), "Mark at least one arm with intervention = true.")


def arms_get_clusters(
    arms: tuple[Arm, ...], clusters: tuple[ClusterPlan, ...], allocation: AllocationPlan
) -> Iterator[Found]:
    """Every arm, and no other, gets clusters, and together they get all clusters."""
    place = ("allocation", "clusters_per_arm")
    keys = {arm.key for arm in arms}
    for key in allocation.clusters_per_arm.keys() - keys:
        yield Found((*place, key), "There is no arm of this key: correct it or remove it.")
    for key in sorted(keys - allocation.clusters_per_arm.keys()):
        yield Found(place, f"Say how many clusters the arm {key} gets.")
    total, planned = sum(allocation.clusters_per_arm.values()), len(_planned(clusters))
    if total != planned:
        yield Found(
            place,
            f"Make these add up to the number of clusters: they add up to {total}, "
            f"and there are {planned} clusters{_besides(clusters)}.",
        )


def _planned(clusters: tuple[ClusterPlan, ...]) -> tuple[ClusterPlan, ...]:
    """The clusters that are shared among the arms: all but the reserves, which take another's place."""
    return tuple(one for one in clusters if not one.reserve)


def _besides(clusters: tuple[ClusterPlan, ...]) -> str:
    return " besides the reserves" if any(one.reserve for one in clusters) else ""


def strata_agree(clusters: tuple[ClusterPlan, ...]) -> Iterator[Found]:
    """Every cluster is described by the same strata as the first."""
    expected = set(clusters[0].strata)
    for index, cluster in enumerate(clusters[1:], start=1):
        if set(cluster.strata) != expected:
            named = ", ".join(sorted(expected)) or "none"
            yield Found(
                ("clusters", index, "strata"),
                f"Give every cluster the same strata as the first, which has: {named}.",
            )


def balance_can_hold(
    clusters: tuple[ClusterPlan, ...], allocation: AllocationPlan
) -> Iterator[Found]:
    """Every stratum to balance exists, and each of its values can be shared out among the arms."""
    for index, stratum in enumerate(allocation.balance):
        place = ("allocation", "balance", index)
        if any(stratum not in cluster.strata for cluster in clusters):
            yield Found(place, "Name a stratum that every cluster has.")
            continue
        for draw in allocation.each_draw:
            drawn = _planned(drawn_in(clusters, draw))
            yield from _shared(place, stratum, drawn, allocation.shares(draw))


def _shared(
    place: tuple[str | int, ...],
    stratum: str,
    clusters: tuple[ClusterPlan, ...],
    shares: Mapping[str, int],
) -> Iterator[Found]:
    counts = Counter(cluster.strata[stratum] for cluster in clusters)
    for value, count in sorted(counts.items()):
        if any(count * share % len(clusters) for share in shares.values()):
            yield Found(
                place,
                f"The clusters with {stratum} {value} ({count}) cannot be shared among the "
                "arms in the ratio of clusters_per_arm: leave this stratum out of balance, "
                "or change the numbers.",
            )


def minimised_strata_exist(
    clusters: tuple[ClusterPlan, ...], allocation: AllocationPlan
) -> Iterator[Found]:
    """What imbalance is minimised over is a stratum of every cluster, and not balanced as well."""
    over = allocation.minimise.over if allocation.minimise else ()
    for index, stratum in enumerate(over):
        place = ("allocation", "minimise", "over", index)
        if any(stratum not in cluster.strata for cluster in clusters):
            yield Found(place, "Name a stratum that every cluster has.")
        elif stratum in allocation.balance:
            yield Found(place, "This stratum is balanced already: name it in one place.")


def nothing_is_drawn_again(allocation: AllocationPlan) -> Iterator[Found]:
    """An allocation that is kept from elsewhere is neither restricted nor drawn."""
    if allocation.earlier is None:
        return
    for name in ("balance", "minimise", "draws"):
        if getattr(allocation, name):
            words = "Leave this out: the allocation is kept from elsewhere (earlier), not drawn."
            yield Found(("allocation", name), words)


def draws_share_the_clusters(
    arms: tuple[Arm, ...], clusters: tuple[ClusterPlan, ...], allocation: AllocationPlan
) -> Iterator[Found]:
    """Every cluster is in one draw, each draw shares its own, and together they share as stated."""
    keys = {draw.key for draw in allocation.draws}
    for index, cluster in enumerate(clusters):
        place = ("clusters", index, "draw")
        if keys and cluster.draw is None:
            yield Found(place, f"Say in which draw it is allocated: {', '.join(sorted(keys))}.")
        elif cluster.draw is not None and cluster.draw not in keys:
            yield Found(place, "Name a draw of allocation.draws, or leave this out.")
    for index, draw in enumerate(allocation.draws):
        where = ("allocation", "draws", index, "clusters_per_arm")
        number = len(_planned(drawn_in(clusters, draw)))
        total = sum(draw.clusters_per_arm.values())
        if draw.clusters_per_arm.keys() != {arm.key for arm in arms}:
            yield Found(where, "Say how many clusters each arm gets, of every arm.")
        elif number != total:
            yield Found(
                where,
                f"These add up to {total}, and the draw has {number} clusters{_besides(clusters)}.",
            )
    together = sum((Counter(draw.clusters_per_arm) for draw in allocation.draws), Counter[str]())
    if allocation.draws and together != Counter(allocation.clusters_per_arm):
        yield Found(
            ("allocation", "clusters_per_arm"),
            "Make these what the draws give each arm together.",
        )


def unblinded_were_blinded(blinding: Blinding) -> Iterator[Found]:
    """Only a blinded role can be unblinded."""
    for index, role in enumerate(blinding.may_unblind):
        if role not in blinding.blinded_roles:
            yield Found(
                ("blinding", "may_unblind", index),
                "Name only roles that stand in blinded_roles: others see the arms already.",
            )
