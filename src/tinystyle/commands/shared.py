"""What every command does the same way: option types, errors, the end of the program."""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeAlias

from tinystyle.errors import MissingExtraError, OptionError, OutputError, TinystyleError
from tinystyle.weights import require_released

__all__ = [
    "INTERRUPTED",
    "Commands",
    "Parser",
    "Renamed",
    "add_architecture",
    "add_quiet",
    "add_style_size",
    "fail",
    "guarded",
    "parse_patches",
    "parse_share",
    "parse_size",
    "parse_sizes",
    "parse_strength",
    "require_torch",
    "set_torch_threads",
]

INTERRUPTED = 130

_TERMINATED = 143


class _TerminatedError(KeyboardInterrupt):
    """SIGTERM: what happens at Ctrl-C happens, temporary files and folders are removed."""


class HelpFormatter(argparse.HelpFormatter):
    """Wraps a text of one line; one of several lines, such as examples, stays as it is."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" not in text:
            return super()._fill_text(text, width, indent)
        return "".join(indent + line for line in text.splitlines(keepends=True))


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, as those of the rest of the program."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", HelpFormatter)
        super().__init__(*args, **kwargs)
        for kind, parse in ((Path, parse_path), (int, parse_whole), (float, parse_number)):
            self.register("type", kind, parse)

    def error(self, message: str) -> NoReturn:
        """Exit with code 2."""
        self.exit(2, f"error: {message}; see {self.prog} --help\n")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # argparse has no public name
"""Where a sub-command registers itself."""


class Renamed(argparse.Action):
    """The former name of an option: taken for one release, with a word on the new one."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        self.new = options.pop("const")
        super().__init__(
            option_strings, dest, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **options
        )

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Store the value under the new name."""
        print(f"{option_string} is called {self.new} now", file=sys.stderr)
        setattr(namespace, self.dest, values)


class _Architecture(argparse.Action):
    """The option that chose among networks: taken for one release where it changes nothing."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Say that it is not needed, or what is allowed."""
        try:
            require_released(values)
        except OptionError as error:
            parser.error(str(error))
        print(f"{option_string} is not needed: there is one architecture", file=sys.stderr)


def add_architecture(parser: argparse.ArgumentParser) -> None:
    """The former option for it."""
    parser.add_argument(
        *("--architecture", "--form"),
        action=_Architecture,
        default=argparse.SUPPRESS,
        help=argparse.SUPPRESS,
    )


def add_style_size(parser: argparse.ArgumentParser) -> None:
    """The option that sets the scale of the strokes."""
    parser.add_argument(
        "--style-size",
        type=int,
        default=256,  # runtime.hypernetwork says so; importing it for --help would take long
        metavar="PX",
        help="shortest side at which the artwork is looked at, 64 to 1024: smaller makes finer "
        "strokes (256)",
    )


def add_quiet(
    parser: argparse.ArgumentParser, result: str = "the names of the files written"
) -> None:
    """The option for scripts; see :mod:`tinystyle.console`."""
    parser.add_argument(
        "--quiet",
        "-q",
        action="store_true",
        help=f"print {result}, and what is amiss; nothing else, no bar",
    )


def guarded(command: Callable[[], int], *, smaller: str = "--max-size, --size") -> int:
    """Run a command; an expected error becomes one line and an exit code, never a traceback.

    ``smaller`` are the options by which a user gets smaller pictures.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names that the terminal has no letters for
            stream.reconfigure(errors="backslashreplace")
    try:
        with _termination_heard():
            code = command()
        sys.stdout.flush()  # here, where a reader that went away is caught
        return code
    except TinystyleError as error:
        return fail(error)
    except BrokenPipeError:
        # The reader of our output went away; point stdout elsewhere so that exit is silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError:
        return fail(TinystyleError(f"not enough memory; smaller pictures help ({smaller})"))
    except OSError as error:  # a folder that may not be listed, a disk that went away
        return fail(OutputError(str(error)))
    except KeyboardInterrupt as error:
        ended = isinstance(error, _TerminatedError)
        word = "terminated" if ended else "interrupted"
        print(f"{word}; no file is left half-written", file=sys.stderr)
        return _TERMINATED if ended else INTERRUPTED


@contextmanager
def _termination_heard() -> Iterator[None]:
    """Within it SIGTERM, as service managers send it, unwinds this process; not those forked."""
    own = os.getpid()

    def unwind(number: int, frame: FrameType | None) -> None:
        if os.getpid() != own:
            os._exit(_TERMINATED)
        raise _TerminatedError

    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield  # somebody else's business
        return
    signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def fail(error: TinystyleError) -> int:
    """Print an error as one line; its exit code."""
    print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
    return error.exit_code


def parse_path(text: str) -> Path:
    """A path; an empty text, as of a shell's variable that is not set, would be this folder."""
    if not text:
        raise argparse.ArgumentTypeError("the name of the file or folder is empty")
    if text == "-":
        raise argparse.ArgumentTypeError("'-' (standard input or output) is not taken; name a file")
    if "://" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is an address; download the file first")
    return Path(text)


def parse_whole(text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number, such as 256") from None


def parse_number(text: str) -> float:
    """A number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number, such as 0.5") from None


def parse_size(text: str) -> tuple[int, int]:
    """``HxW`` to (height, width)."""
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH, e.g. 720x1280")
    return int(parts[0]), int(parts[1])


def parse_sizes(text: str) -> tuple[list[tuple[int, int]], bool]:
    """``HxW``, ``HxW,HxW,…`` or ``HxW..HxW`` to sizes, and whether they are a range."""
    if ".." in text:
        return [parse_size(part) for part in text.split("..", 1)], True
    return [parse_size(part) for part in text.split(",")], False


def parse_patches(text: str) -> int | str:
    """A whole number, or ``all``."""
    return text if text == "all" else parse_whole(text)


def parse_share(text: str) -> tuple[Path, float]:
    """``picture.jpg:0.3`` to path and share."""
    path, _, share = text.rpartition(":")
    try:
        value = float(share)
    except ValueError:
        path = ""
    if not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not PICTURE:SHARE, e.g. other.jpg:0.3")
    return Path(path), value


def parse_strength(text: str) -> float | None:
    """A number, or None for ``input``. Whether the number is allowed is checked later."""
    if text == "input":
        return None
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number, 0 to 1, nor input"
        ) from None


def set_torch_threads(threads: int, command: str) -> None:
    """Give torch as many threads; 0 leaves that to torch.

    Raises OptionError for other numbers, then MissingExtraError as :func:`require_torch` does.
    """
    from tinystyle.checks import require_threads

    require_threads(threads)
    require_torch(command)
    import torch

    if threads:
        torch.set_num_threads(threads)


def require_torch(command: str) -> None:
    """Raise MissingExtraError where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise MissingExtraError(command, "train")
