"""Rules of the design: arms, clusters, strata, allocation, blinding."""

from collections import Counter
from collections.abc import Iterator

from trial.protocol.blinding import Blinding
from trial.protocol.checks.found import Found
from trial.protocol.design import AllocationPlan, Arm, ClusterPlan


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
    total = sum(allocation.clusters_per_arm.values())
    if total != len(clusters):
        yield Found(
            place,
            f"Make these add up to the number of clusters: they add up to {total}, "
            f"and there are {len(clusters)} clusters.",
        )


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
        counts = Counter(cluster.strata[stratum] for cluster in clusters)
        for value, count in sorted(counts.items()):
            shares = (count * share for share in allocation.clusters_per_arm.values())
            if any(share % len(clusters) for share in shares):
                yield Found(
                    place,
                    f"The clusters with {stratum} {value} ({count}) cannot be shared among the "
                    "arms in the ratio of clusters_per_arm: leave this stratum out of balance, "
                    "or change the numbers.",
                )


def unblinded_were_blinded(blinding: Blinding) -> Iterator[Found]:
    """Only a blinded role can be unblinded."""
    for index, role in enumerate(blinding.may_unblind):
        if role not in blinding.blinded_roles:
            yield Found(
                ("blinding", "may_unblind", index),
                "Name only roles that stand in blinded_roles: others see the arms already.",
            )
