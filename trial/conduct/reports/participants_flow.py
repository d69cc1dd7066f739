"""The CONSORT flow of clusters and participants, from the analysis to the figure."""

from trial.analysis.flow import Box as Counted
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.report.picture import Box, Flow, Reason, Stage
from trial.report.value import Figure


def flow_figure(protocol: Protocol, found: Assembled) -> Figure:
    """The flow as a figure with its description in words."""
    if not protocol.participants:
        return _of_clusters(protocol, found)
    boxes = found.results.flow.boxes
    labels = sentences.reason_labels(protocol)
    flow = Flow(tuple(_stages(protocol, found, boxes, labels)))
    considered = found.results.flow.box("considered", "").people
    enrolled = found.results.flow.box("enrolled", "").people
    return Figure(
        "flow",
        "Flow of clusters and participants",
        f"{considered} people considered, {enrolled} enrolled in"
        f" {found.results.flow.box('enrolled', '').clusters} clusters"
        + (", followed by arm to the analysis." if found.results.arms else "."),
        flow,
    )


def _of_clusters(protocol: Protocol, found: Assembled) -> Figure:
    """The flow of clusters alone."""
    drawn = found.results.flow
    steps = [box for box in drawn.boxes if not box.arm and not box.excluded]
    stages = [Stage("" if n else "Clusters", (_drawn(box, {}),)) for n, box in enumerate(steps)]
    arms = found.results.arms
    for key, name in (("allocated", "Allocation"), ("analysed", "Analysis")) if arms else ():
        stages.append(Stage(name, tuple(_alone(protocol, found, key, arm) for arm in arms)))
    took_part = drawn.box("clusters-opened").clusters
    return Figure(
        "flow",
        "Flow of clusters",
        f"{drawn.box('clusters-assessed').clusters} clusters identified, {took_part} took part"
        + (", followed by arm to the analysis." if arms else "."),
        Flow(tuple(stages)),
    )


def _alone(protocol: Protocol, found: Assembled, key: str, arm: str) -> Box:
    """A box of one arm, with the clusters that have no known outcome under the analysis."""
    box, lost = (found.results.flow.box(which, arm) for which in (key, "not-analysed"))
    if key == "allocated":
        label = sentences.arm_label(protocol, found.told, arm)
        return Box(f"Allocated to {label}", box.clusters)
    why = tuple(Reason(one.key.capitalize(), one.count) for one in lost.reasons)
    return Box(box.title, box.clusters, reasons=why)


def _stages(
    protocol: Protocol, found: Assembled, boxes: tuple[Counted, ...], labels: dict[str, str]
) -> list[Stage]:
    whole = [box for box in boxes if not box.arm]
    counted = [box for box in whole if box.key.startswith("counted-")]
    of_clusters = [box for box in whole if box.people is None and box not in counted]
    stages = [Stage("Clusters", (_drawn(of_clusters[0], labels),))]
    stages += [Stage("", (_drawn(box, labels),)) for box in of_clusters[1:]]
    stages += [Stage("" if n else "Counted", (_counted(b),)) for n, b in enumerate(counted)]
    stages.append(
        _stage("Screening", [b for b in whole if b.people is not None], "considered", labels)
    )
    stages.append(Stage("Enrolment", (_drawn(found.results.flow.box("enrolled", ""), labels),)))
    return stages + _arm_stages(protocol, found, boxes, labels)


def _stage(name: str, boxes: list[Counted], trunk: str, labels: dict[str, str]) -> Stage:
    """The trunk with everyone who did not go on gathered beside it."""
    main = next(box for box in boxes if box.key == trunk)
    stopped = [box for box in boxes if box.excluded and box.key != "not-allocated" and box.people]
    if not stopped:
        return Stage(name, (_drawn(main, labels),))
    reasons = tuple(Reason(box.title, box.people or 0) for box in stopped)
    people = sum(box.people or 0 for box in stopped)
    clusters = max(box.clusters for box in stopped)
    noun = ("person", "people")
    return Stage(
        name,
        (_drawn(main, labels),),
        Box("Not enrolled", clusters, people, noun, reasons),
    )


def _arm_stages(
    protocol: Protocol, found: Assembled, boxes: tuple[Counted, ...], labels: dict[str, str]
) -> list[Stage]:
    arms = found.results.arms
    if not arms:
        return []
    keys = [box.key for box in boxes if box.arm == arms[0] and not box.excluded]
    stages = []
    for key in keys:
        name = (
            "Allocation" if key == "allocated" else "Analysis" if key == "analysed" else "Follow-up"
        )
        drawn = tuple(_arm_box(protocol, found, key, arm, labels) for arm in arms)
        stages.append(Stage(name, drawn))
    return stages


AFTER = {"allocated": "withdrew-intervention", "analysed": "not-analysed"}


def _arm_box(
    protocol: Protocol, found: Assembled, key: str, arm: str, labels: dict[str, str]
) -> Box:
    box = found.results.flow.box(key, arm)
    lost = found.results.flow.box(AFTER.get(key) or key.replace("-done", "-not-done"), arm)
    title = box.title
    if key == "allocated":
        title = f"Allocated to {sentences.arm_label(protocol, found.told, arm)}"
    reasons: tuple[Reason, ...] = ()
    # Only one arm has an intervention to leave: blinded readers are not told who did.
    if lost.people and not (found.told.blinded and key == "allocated"):
        inner = tuple(Reason(labels.get(r.key, r.key), r.count) for r in lost.reasons)
        reasons = inner or (Reason(lost.title, lost.people),)
    return Box(title, box.clusters, box.people, reasons=reasons)


def _counted(box: Counted) -> Box:
    """A step that clusters counted: what is counted is in the title, not persons of this log."""
    if box.people is None:
        return Box(f"{box.title}: {box.unknown}")
    return Box(f"{box.title}: {box.people:,}", box.clusters)


def _drawn(box: Counted, labels: dict[str, str]) -> Box:
    noun = ("person", "people") if box.key == "considered" else ("participant", "participants")
    reasons = tuple(Reason(labels.get(r.key, r.key), r.count) for r in box.reasons)
    return Box(box.title, box.clusters, box.people, noun, reasons)
