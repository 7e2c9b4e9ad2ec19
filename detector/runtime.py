"""The engines that run a model: onnxruntime everywhere, OpenVINO where it is installed."""

import importlib.util
import threading
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from detector.errors import ModelUnusable
from detector.letterbox import to_floats

Numbers = npt.NDArray[np.float32]
Pictures = npt.NDArray[np.uint8]
Engine = Literal["auto", "onnxruntime", "openvino"]
Precision = Literal["f32", "bf16", "int8"]
"""`int8` is the card's variant in 8 bits, which is OpenVINO's alone."""


Sizes = list[int | None]
"""A shape whose unknown sides are None."""


class Shaped(Protocol):
    """A card, as far as an engine is concerned."""

    @property
    def label(self) -> str:
        """`name@version`."""
        ...

    @property
    def shapes(self) -> tuple[Sizes, Sizes]:
        """What the weights take and give."""
        ...


class Runtime(Protocol):
    """One loaded model."""

    name: str
    """The engine and its precision, such as `openvino-f32`; evidence and benchmarks say so."""

    def run(self, batch: Numbers | Pictures) -> Numbers:
        """Run a batch to float32 (N, ...).

        Args:
            batch: pictures, uint8 (N, H, W, 3) BGR, where it was loaded for them; else float32
                (N, 3, H, W), RGB in 0..1.
        """
        ...


class OnnxRuntime:
    """A model in onnxruntime, on the CPU, in float32."""

    name = "onnxruntime-f32"

    def __init__(self, weights: Path, card: Shaped, threads: int | None = None) -> None:
        """Load the weights.

        Raises:
            ModelUnusable: no ONNX, or its shapes are not the card's.
        """
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.log_severity_level = 3
        if threads is not None:
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
        try:
            self._session = ort.InferenceSession(
                weights, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the engine's own errors share no base but this
            raise _unusable(weights, "onnxruntime", error) from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        _one_each(weights, len(inputs), len(outputs))
        self._input, self._output = inputs[0].name, outputs[0].name
        shape = _sizes(inputs[0].shape)
        _check_shapes(weights, card, shape, _sizes(outputs[0].shape))
        self._batch = shape[0]

    def run(self, batch: Numbers | Pictures) -> Numbers:
        """See `Runtime.run`."""
        return _in_batches(self._run, batch, self._batch)

    def _run(self, batch: Numbers | Pictures) -> Numbers:
        if batch.dtype == np.uint8:
            batch = to_floats(batch)  # type: ignore[arg-type]
        result: Numbers = self._session.run([self._output], {self._input: batch})[0]
        return result


class OpenVinoRuntime:
    """A model in OpenVINO, on the CPU.

    On CPUs that have it OpenVINO takes bfloat16 unasked, which is faster and less exact. Here
    float32 is the default, since a card's figures are measured in it; the others are had by asking.
    """

    def __init__(
        self,
        weights: Path,
        card: Shaped,
        threads: int | None = None,
        precision: Precision = "f32",
        streams: int = 1,
        pictures: bool = False,
    ) -> None:
        """Load and compile the weights.

        Raises:
            ModelUnusable: no ONNX, or its shapes are not the card's.
        """
        import openvino as ov

        self.name = f"openvino-{precision}"
        settings: dict[str, Any] = {
            # What is not in 8 bits runs in float32, as it was measured.
            "INFERENCE_PRECISION_HINT": "f32" if precision == "int8" else precision,
            "PERFORMANCE_HINT": "LATENCY",
            # Each model has threads of its own, and each model's first would be bound to the first
            # core: two looks at different models would share it while another core is idle.
            "ENABLE_CPU_PINNING": False,
        }
        if threads is not None:
            settings["INFERENCE_NUM_THREADS"] = threads * streams
        if streams > 1:
            settings["NUM_STREAMS"] = streams
        self._requests = threading.local()
        try:
            core = ov.Core()
            model = core.read_model(weights)
        except RuntimeError as error:
            raise _unusable(weights, "OpenVINO", error) from error
        _one_each(weights, len(model.inputs), len(model.outputs))
        shape = _partial(model.inputs[0].get_partial_shape())
        _check_shapes(weights, card, shape, _partial(model.outputs[0].get_partial_shape()))
        self._batch = shape[0] or 1
        try:
            # One picture a run, whatever the weights would take: larger batches gain nothing on a
            # CPU, and for each size that comes along the engine keeps memory for good.
            sides = [fixed or open_ for fixed, open_ in zip(shape, card.shapes[0], strict=True)]
            if all(sides[1:]):
                model.reshape([self._batch, *sides[1:]])
            if pictures:
                model = _of_pictures(ov, model)
            self._compiled = core.compile_model(model, "CPU", settings)
        except RuntimeError as error:
            raise _unusable(weights, "OpenVINO", error) from error

    def run(self, batch: Numbers | Pictures) -> Numbers:
        """See `Runtime.run`."""
        return _in_batches(self._run, batch, self._batch)

    def _run(self, batch: Numbers | Pictures) -> Numbers:
        if not hasattr(self._requests, "own"):  # one that two threads share would fail
            self._requests.own = self._compiled.create_infer_request()
        # The input is read where it lies; of the output a copy, since the next run overwrites it.
        given = self._requests.own.infer(batch, share_inputs=True, share_outputs=True)
        return np.array(given[0], dtype=np.float32)


def quickest(engine: Engine = "auto") -> Precision:
    """The quickest precision that loses nothing to speak of here: bfloat16 where the CPU has it.

    Args:
        engine: as in `load_runtime`.
    """
    if engine == "onnxruntime" or importlib.util.find_spec("openvino") is None:
        return "f32"
    import openvino as ov

    has = ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in has else "f32"


def load_runtime(
    weights: Path,
    card: Shaped,
    engine: Engine = "auto",
    threads: int | None = None,
    precision: Precision = "f32",
    streams: int = 1,
    pictures: bool = False,
) -> Runtime:
    """Load weights into an engine. It may be run from several threads at once.

    Args:
        weights: the ONNX file, or the XML of the variant in 8 bits.
        card: says what shapes it must have.
        engine: `auto` takes OpenVINO where it can be imported, onnxruntime elsewhere.
        threads: CPU threads for one run; None leaves it to the engine.
        precision: of OpenVINO's arithmetic; onnxruntime is always float32. For `int8` the weights
            must be the card's variant.
        streams: how many runs are to go on at once; each takes `threads`.
        pictures: whether it is run on pictures, which then take a quarter of the memory that
            floats would, and are converted within the network's first layer.

    Raises:
        ModelUnusable: no ONNX, shapes that are not the card's, or an engine that is not there.
    """
    has_openvino = importlib.util.find_spec("openvino") is not None
    if engine == "openvino" and not has_openvino:
        raise ModelUnusable(
            "OpenVINO is not installed; `pip install 'smart-five-chief[openvino]'`, "
            "or choose the engine `onnxruntime`"
        )
    if engine == "openvino" or (engine == "auto" and has_openvino):
        return OpenVinoRuntime(weights, card, threads, precision, streams, pictures)
    if precision == "int8":
        raise ModelUnusable(
            f"{card.label}: its variant in 8 bits runs in OpenVINO alone, which is not the engine "
            "here; install it, or ask for f32"
        )
    return OnnxRuntime(weights, card, threads)


def _of_pictures(ov: Any, model: Any) -> Any:
    """The network with `detector.letterbox.to_floats` in front."""
    steps = ov.preprocess.PrePostProcessor(model)
    first = steps.input()
    given = first.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    given.set_color_format(ov.preprocess.ColorFormat.BGR)
    wanted = first.preprocess().convert_element_type(ov.Type.f32)
    wanted.convert_color(ov.preprocess.ColorFormat.RGB).scale(255.0)
    first.model().set_layout(ov.Layout("NCHW"))
    return steps.build()


def _in_batches(run: Any, batch: Numbers | Pictures, size: int | None) -> Numbers:
    """Run a batch whole where the model's batch is dynamic, in its own size where it is not."""
    if size is None or len(batch) == size:
        return run(batch)  # type: ignore[no-any-return]
    parts = []
    for start in range(0, len(batch), size):
        part = batch[start : start + size]
        padding = np.zeros((size - len(part), *part.shape[1:]), dtype=batch.dtype)
        parts.append(run(np.concatenate([part, padding]))[: len(part)])
    return np.concatenate(parts)


def _sizes(shape: list[int | str | None]) -> Sizes:
    return [side if isinstance(side, int) and side > 0 else None for side in shape]


def _partial(shape: Any) -> Sizes:
    if shape.rank.is_dynamic:
        return []
    return [None if side.is_dynamic else side.get_length() for side in shape]


def _one_each(weights: Path, inputs: int, outputs: int) -> None:
    if (inputs, outputs) != (1, 1):
        raise ModelUnusable(
            f"{weights}: {inputs} inputs and {outputs} outputs; a detector has one of each. "
            "Export a detection model, without masks or key points"
        )


def _check_shapes(weights: Path, card: Shaped, found_in: Sizes, found_out: Sizes) -> None:
    """Hold the model's shapes against the card's; sides that the model leaves open pass."""
    wanted_in, wanted_out = card.shapes
    for what, found, wanted in (
        ("input", found_in, wanted_in),
        ("output", found_out, wanted_out),
    ):
        pairs = zip(found, wanted, strict=False)
        fits = all(None in pair or pair[0] == pair[1] for pair in pairs)
        if len(found) != len(wanted) or not fits:
            raise ModelUnusable(
                f"{weights}: its {what} is {_text(found)}, but by the card it would be "
                f"{_text(wanted)}; correct `input`, `output` or `classes` in the card, "
                "or export the weights anew"
            )


def _text(shape: Sizes) -> str:
    return "(" + ", ".join("any" if side is None else str(side) for side in shape) + ")"


def _unusable(weights: Path, engine: str, error: Exception) -> ModelUnusable:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return ModelUnusable(
        f"{weights}: {engine} cannot load it: {lines[-1]}; is it a whole ONNX file?"
    )
