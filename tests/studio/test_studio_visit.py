"""A visitor's hands on the page in a real browser: camera, drops, pastes, the keyboard alone."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tinystyle.benchmarks.studio.film import camera_options, write_film
from tinystyle.benchmarks.studio.instruments import drop, instrument, memory, paints
from tinystyle.benchmarks.web.devtools import Page
from tinystyle.errors import OptionError
from tinystyle.pictures.examples import landscape, mosaic
from tinystyle.pictures.images import encode_png
from tinystyle.studio.server import SiteServer

ROOM = "document.querySelector"
FILM_SIDE = 64
IDLE = f"{ROOM}('#working').hidden"

MOST_GROWTH = 0.15
"""Share by which the process may be larger after 1,000 frames than after 200. A frame that is kept
would add 64 * 64 * 4 bytes, all of them 13 MB: the heap alone shows that."""
MOST_HEAP_GROWTH = 3_000_000


@pytest.fixture(scope="module")
def filmed(
    program: Path, server: SiteServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """The page, with a film of ours as its camera."""
    film = tmp_path_factory.mktemp("film") / "film.y4m"
    write_film(film, FILM_SIDE)
    with Page(program, camera_options(film), seconds=120.0) as page:
        instrument(page, service_worker=False)
        page.open(server.url)
        page.wait(f"document.documentElement.dataset.painted && {IDLE}")
        yield page


def _run_camera(page: Page, frames: int, seconds: float) -> None:
    """Until so many frames are painted."""
    end = time.monotonic() + seconds
    began = float(page.run("performance.now()")) / 1e3
    while len(paints(page, began)) < frames:
        assert time.monotonic() < end, f"{len(paints(page, began))} frames in {seconds:g} s"
        time.sleep(0.2)


@pytest.fixture
def camera(filmed: Page) -> Iterator[Page]:
    """While the camera runs."""
    filmed.run(f"{ROOM}('#camera').click()")
    filmed.wait(f"{ROOM}('#camera').getAttribute('aria-pressed') === 'true'")
    yield filmed
    filmed.run(f"{ROOM}('#camera').click()")
    filmed.wait(f"{ROOM}('#camera').getAttribute('aria-pressed') === 'false' && {IDLE}")


def test_the_camera_shows_painted_frames(camera: Page) -> None:
    began = float(camera.run("performance.now()")) / 1e3
    _run_camera(camera, 5, 60.0)
    shown = paints(camera, began)[-1]
    assert shown.width == shown.height >= FILM_SIDE
    # Pixels of a frame and of its painting: neither is empty, and they are not the same.
    grey, difference = camera.run(
        """(() => {
            const pixels = (id) => {
                const context = new OffscreenCanvas(64, 64).getContext("2d");
                context.drawImage(document.querySelector(id), 0, 0, 64, 64);
                return context.getImageData(0, 0, 64, 64).data;
            };
            const [own, painted] = [pixels("#photograph"), pixels("#painted")];
            let sum = 0, apart = 0;
            painted.forEach((value, place) => {
                sum += value;
                apart += Math.abs(value - own[place]);
            });
            return [sum / painted.length, apart / painted.length];
        })()"""
    )
    assert 70 < grey < 250  # alpha alone makes 64
    assert difference > 3
    # What is painted is none of the photographs.
    assert camera.run(f"{ROOM}('#photographs [aria-pressed=true]')") is None
    moved = [each.seconds for each in paints(camera, began)]
    assert moved == sorted(set(moved))


@pytest.mark.slow
def test_a_thousand_frames_leave_nothing_behind(camera: Page) -> None:
    _run_camera(camera, 200, 300.0)
    before = memory(camera)
    _run_camera(camera, 800, 900.0)
    after = memory(camera)
    print(f"after 200 frames {before}, after 1,000 {after}")
    assert after.heap < before.heap + MOST_HEAP_GROWTH
    if before.resident is not None and after.resident is not None:
        assert after.resident < (1 + MOST_GROWTH) * before.resident


def _artwork(tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"{name}.png"
    path.write_bytes(encode_png(mosaic(120)))
    return path


def test_an_artwork_that_is_dropped_becomes_the_style(page: Page, tmp_path: Path) -> None:
    page.run(f"{ROOM}('#slot-first').click()")
    drop(page, "artwork", _artwork(tmp_path, "fallen"))
    page.wait(f"{ROOM}('#slot-first span').textContent === 'fallen' && {IDLE}")
    assert page.run(f"{ROOM}('#drop').hidden")
    assert page.complaints() == []


def test_a_dragged_file_shows_where_it_may_fall(page: Page) -> None:
    drag = """(kind) => {
        const carried = new DataTransfer();
        carried.items.add(new File(["x"], "a.png", { type: "image/png" }));
        const target = kind === "dragover" ? document.querySelector("#drop div") : window;
        const told = { dataTransfer: carried, bubbles: true, cancelable: true };
        const event = new DragEvent(kind, told);
        target.dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    overlay = f"{ROOM}('#drop')"
    assert page.run(f"{overlay}.hidden")
    page.run(f"({drag})('dragenter')")
    # Of the page, which may have a scrollbar beside it.
    width = "document.documentElement.clientWidth"
    assert page.run(f"{overlay}.getBoundingClientRect().width === {width}")
    # Without it the browser would open the file in place of the page.
    assert page.run(f"({drag})('dragover')")
    assert page.run(f"{ROOM}('#drop div').classList.contains('over')")
    page.run(f"({drag})('dragleave')")
    assert page.run(f"{overlay}.hidden")
    # Text that is dragged is none of the page's business.
    page.run(
        "window.dispatchEvent(new DragEvent('dragenter', { dataTransfer: new DataTransfer() }))"
    )
    assert page.run(f"{overlay}.hidden")


def _paste(page: Page, picture: Path, part: str) -> None:
    data = base64.b64encode(picture.read_bytes()).decode()
    page.run(
        f"""{{
            {ROOM}("{part}").dispatchEvent(new PointerEvent("pointerdown", {{ bubbles: true }}));
            const bytes = Uint8Array.from(atob("{data}"), (letter) => letter.charCodeAt(0));
            const clipboardData = new DataTransfer();
            const file = new File([bytes], {json.dumps(picture.name)}, {{ type: "image/png" }});
            clipboardData.items.add(file);
            window.dispatchEvent(new ClipboardEvent("paste", {{ clipboardData }}));
        }}"""
    )


def test_a_pasted_picture_goes_where_the_visitor_was(page: Page, tmp_path: Path) -> None:
    page.run(f"{ROOM}('#slot-first').click()")
    _paste(page, _artwork(tmp_path, "pasted"), "#artwork")
    page.wait(f"{ROOM}('#slot-first span').textContent === 'pasted' && {IDLE}")
    photograph = tmp_path / "scene.png"
    photograph.write_bytes(encode_png(np.ascontiguousarray(landscape(144)[:72])))
    _paste(page, photograph, "#photo")
    painted = f"{ROOM}('#painted')"
    page.wait(f"{painted}.width === 2 * {painted}.height && {IDLE}")
    assert page.run(f"{ROOM}('#slot-first span').textContent") == "pasted"
    assert page.complaints() == []


def _press(page: Page, key: str, code: int, text: str = "") -> None:
    parameters = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    page.send("Input.dispatchKeyEvent", type="keyDown", text=text, **parameters)
    page.send("Input.dispatchKeyEvent", type="keyUp", **parameters)


CONTROLS = "button, input:not([type=file]), select, a[href], summary"


def test_the_keyboard_alone_reaches_every_control(page: Page) -> None:
    page.run("document.activeElement.blur()")
    page.run(
        f"""document.querySelectorAll("{CONTROLS}").forEach((control, number) => {{
            control.dataset.number = number;
        }})"""
    )
    wanted = page.run(
        f"""[...document.querySelectorAll("{CONTROLS}")]
            .filter((control) => !control.disabled && control.checkVisibility())
            .map((control) => control.dataset.number)"""
    )
    reached = []
    for _ in range(2 * len(wanted)):
        _press(page, "Tab", 9)
        found = page.run(
            """(() => {
                const { dataset } = document.activeElement;
                const style = getComputedStyle(document.activeElement);
                return [dataset.number ?? null, style.outlineStyle, document.activeElement.id];
            })()"""
        )
        reached.append(found)
    assert {number for number, _, _ in reached} >= set(wanted)
    # Who moves by keys must see where they are; the comparison shows it on its handle.
    assert {
        name for number, outline, name in reached if number is not None and outline == "none"
    } <= {"split"}


def test_keys_choose_an_artwork_and_move_the_comparison(page: Page) -> None:
    page.run(f"{ROOM}('#slot-first').click(); {ROOM}('#styles button:nth-child(5)').focus()")
    _press(page, "Enter", 13, "\r")
    page.wait(f"{ROOM}('#slot-first span').textContent === 'Currents' && {IDLE}")
    page.run(f"{ROOM}('#split').focus()")
    before = int(page.run(f"{ROOM}('#split').value"))
    _press(page, "ArrowRight", 39)
    assert int(page.run(f"{ROOM}('#split').value")) > before


def test_a_film_has_even_sides(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="side of the film is 65; allowed are even numbers"):
        write_film(tmp_path / "film.y4m", 65)
    write_film(tmp_path / "film.y4m", 64, 2)
    data = (tmp_path / "film.y4m").read_bytes()
    head = data.index(b"\n") + 1
    assert data.startswith(b"YUV4MPEG2 W64 H64 F60:1")
    assert len(data) == head + 2 * (len(b"FRAME\n") + 64 * 64 * 3 // 2)


def test_the_bar_of_work_moves_without_the_pages_thread(page: Page) -> None:
    animated = page.run(
        f"""(() => {{
            const bar = {ROOM}("#working");
            bar.hidden = false;
            const [moves] = bar.getAnimations({{ subtree: true }});
            const kept = new Set(["offset", "computedOffset", "easing", "composite"]);
            const names = moves.effect.getKeyframes().flatMap(Object.keys);
            bar.hidden = true;
            return [...new Set(names)].filter((name) => !kept.has(name));
        }})()"""
    )
    assert animated == ["transform"]


def _lose_requests(page: Page, count: int) -> None:
    """From now on, as where a connection breaks: so many requests of the page find nobody."""
    page.run(
        f"""{{
            window.own = window.own ?? window.fetch;
            let left = {count};
            window.fetch = (...asked) =>
                left-- > 0 ? Promise.reject(new TypeError("NetworkError")) : window.own(...asked);
        }}"""
    )


def test_a_request_that_is_lost_is_made_again(page: Page) -> None:
    chosen = f"{ROOM}('#photographs [aria-pressed=true]')?.title"
    page.run(f"{ROOM}('#photographs button:nth-child(2)').click()")
    page.wait(f"{chosen} === 'Cat' && {IDLE}")
    _lose_requests(page, 1)
    page.run(f"{ROOM}('#photographs button:nth-child(6)').click()")
    page.wait(f"{chosen} === 'Rocket' && {IDLE}")
    _lose_requests(page, 2)
    page.run(f"{ROOM}('#photographs button:nth-child(5)').click()")
    page.wait(f"{ROOM}('#message').textContent.startsWith('The connection was lost')")
    assert page.run(chosen) == "Rocket"
    page.run("window.fetch = window.own")


def test_what_was_told_of_a_load_is_gone_when_it_is_done(page: Page) -> None:
    told = page.run(
        f"""(async () => {{
            const {{ showProgress }} = await import("./status-line.mjs");
            const message = {ROOM}("#message");
            const seen = [];
            for (const [hidden, loaded] of [[false, 4e6], [true, 6e6]]) {{
                {ROOM}("#working").hidden = hidden;
                showProgress({{ name: "hypernetwork", loaded, total: 8e6 }});
                seen.push(message.textContent);
            }}
            return seen;
        }})()"""
    )
    assert told == ["Loading the hypernetwork, once: 4.0 of 8.0 MB", ""]


def test_the_bar_stays_until_the_last_task_is_done(page: Page) -> None:
    page.wait(IDLE)
    hidden = page.run(
        f"""(async () => {{
            const {{ attempt }} = await import("./status-line.mjs");
            let end;
            const long = attempt(() => new Promise((resolve) => (end = resolve)));
            await attempt(async () => 0);
            const during = {ROOM}("#working").hidden;
            end();
            await long;
            return [during, {ROOM}("#working").hidden];
        }})()"""
    )
    assert hidden == [False, True]
