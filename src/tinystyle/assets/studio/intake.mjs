// Pictures that a visitor gives: dropped, pasted or picked. `onFile(target, file)` gets each of
// them; the target is "artwork", "photograph" or "mask".

export function takeIn(onFile) {
  for (const target of ["artwork", "photograph", "mask"]) {
    const input = document.querySelector(`#${target}-file`);
    document.querySelector(`#open-${target}`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      if (input.files.length > 0) onFile(target, input.files[0]);
      input.value = ""; // so that the same file can be chosen again
    });
  }
  takeDrops(onFile);
  takePastes(onFile);
}

function takeDrops(onFile) {
  const overlay = document.querySelector("#drop");
  const halves = [...overlay.children];
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const under = (event) => halves.find((half) => half.contains(event.target));
  window.addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) overlay.hidden = false;
  });
  window.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    for (const half of halves) half.classList.toggle("over", half === under(event));
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) overlay.hidden = true;
  });
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    overlay.hidden = true;
    const file = event.dataTransfer.files[0];
    if (file) onFile(under(event)?.dataset.target ?? "photograph", file);
  });
}

/** A pasted picture goes to the part of the page that was used last. */
function takePastes(onFile) {
  let target = "artwork";
  for (const [id, name] of [["artwork", "artwork"], ["photo", "photograph"]]) {
    const part = document.querySelector(`#${id}`);
    for (const kind of ["pointerdown", "focusin"]) part.addEventListener(kind, () => (target = name));
  }
  window.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (file) onFile(target, file);
  });
}
