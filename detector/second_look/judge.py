"""The second look: asks each part that a rule wants, and weighs what they say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from detector.card import shipped_models
from detector.image import Image
from detector.look import sightings
from detector.model import Model, load_model
from detector.rules import Rule
from detector.runtime import Engine
from detector.scene import SecondLook
from detector.second_look.around import look_around
from detector.second_look.before import stands_before
from detector.second_look.closer import lean, look_closer
from detector.second_look.part import NEVER_VETOED, Part, weigh
from detector.verifier import Verifier, load_verifier
from detector.violation import Box, Verdict, Violation

CRACKED = "cover_cracked"
"""A damaged cover that is only cracked: not urgent."""

Opinion = Callable[[Violation, Rule, Image], Part | None]
"""A slow outsider's view of a candidate; None while it is not there yet."""


@dataclass(frozen=True)
class SecondLooker:
    """What looks once more at what is proved.

    Attributes:
        models: the rules' own, by name.
        verifier: gives what was trained on the detectors' mistakes, when a rule first asks for it;
            None where there is none.
        street: knows what stands around; None where it is not there.
        opinion: an outsider's view, such as a vision-language model's; None where nobody is asked.
    """

    models: Mapping[str, Model]
    verifier: Callable[[], Verifier] | None = None
    street: Model | None = None
    opinion: Opinion | None = None

    def at(self, image: Callable[[], Image]) -> SecondLook:
        """A second look at one picture.

        Args:
            image: gives the full picture, uint8, (H, W, 3), BGR; called only if there is one.
        """
        return lambda violation, rule: self.judge(image(), violation, rule)

    def hides(self, image: Image, box: Box) -> bool:
        """Whether a street detector sees something stand before a place; without one: no.

        Args:
            image: the full picture, uint8, (H, W, 3), BGR.
            box: the place, pixels.

        Raises:
            ModelUnusable: the model gives what its card doesn't say.
        """
        if self.street is None:
            return False
        # On the whole picture: of a bus a part would be seen, and a part is no bus.
        return stands_before(box, sightings(self.street.detect([image])[0]))

    def judge(self, image: Image, violation: Violation, rule: Rule) -> Verdict:
        """Look once more at a candidate.

        Returns:
            The verdict; `pending` while an outsider's view is awaited.

        Raises:
            ModelUnusable: a model gives what its card doesn't say.
        """
        wanted, parts = rule.second_look, []
        free = violation.label in NEVER_VETOED
        label = None
        if wanted.detector:
            parts.append(look_closer(self.models[rule.model], image, violation, rule))
        if wanted.verifier and self.verifier is not None:
            part, free, label = _verified(self.verifier(), image, violation, free=free)
            parts.append(part)
        if wanted.surroundings and self.street is not None:
            parts.append(look_around(self.street, image, violation, rule))
        if wanted.vlm and self.opinion is not None:
            opinion = self.opinion(violation, rule, image)
            if opinion is None:
                # Nobody waits for a word on an open hole.
                verdict = weigh(parts, free=free, label=label)
                return replace(verdict, pending=verdict.pending or not free)
            parts.append(opinion)
        return weigh(parts, free=free, label=label)


def load_second_looker(
    models: Mapping[str, Model],
    engine: Engine = "auto",
    threads: int | None = None,
    streams: int = 1,
    opinion: Opinion | None = None,
) -> SecondLooker:
    """The second look with what is shipped: `street` and `verifier`, each where it is there.

    Args:
        models: the rules' own, by name; those that come later may be added to it.
        engine: see `detector.runtime.load_runtime`.
        threads: CPU threads for one run; None leaves it to the engine.
        streams: how many runs are to go on at once; each takes memory, and looks again are rare.
        opinion: an outsider's view; None where nobody is asked.

    Raises:
        CardInvalid, WeightsMissing, WeightsMismatch, ModelUnusable: one is there, but not usable.
    """
    shipped = shipped_models()
    street = verifier = None
    if "street" in shipped:
        street = load_model("street", engine=engine, threads=threads, streams=streams)
    if "verifier" in shipped:
        # Rules ask for it by setting only: it takes memory once one does.
        verifier = cache(partial(load_verifier, shipped["verifier"], engine, threads))
    return SecondLooker(models, verifier, street, opinion)


def _verified(
    verifier: Verifier, image: Image, violation: Violation, *, free: bool
) -> tuple[Part, bool, str | None]:
    """A verifier's view, whether it may have one, and the label that it gives."""
    opinion = verifier.judge(image, [(violation.label, violation.box)])[0]
    card, label = verifier.card, violation.label
    shares = dict(sorted(opinion.shares.items(), key=lambda item: -item[1])[:3])
    if label not in card.keep:
        return Part("verifier", None, evidence={"by": card.label, "shares": {**shares}}), free, None
    share, limit = opinion.borne_out, card.keep[label]
    likest = max(opinion.shares, key=lambda name: opinion.shares[name])
    part = Part(
        name="verifier",
        lean=lean(share, limit),
        words_zh=f"复核模型：{label} {share:.2f}",
        words_en=f"the verifier gives {label} {share:.2f}",
        evidence={"by": card.label, "shares": {**shares}},
    )
    new = likest if likest == CRACKED and label == "cover_damaged" else None
    return part, free or label in card.never_vetoed, new
