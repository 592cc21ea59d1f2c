// The scenes: each a layer that stays; what changed in it is changed in place, and the next is drawn before its turn.
function patch(from, to) {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  const old = [...from.childNodes];
  [...to.childNodes].forEach((node, i) => {
    const kept = old[i];
    if (!kept) from.append(node);
    else if (kept.dataset?.live) return;  // kept by the pulse
    else if (kept.isEqualNode(node)) return;
    else if (kept.nodeName !== node.nodeName || kept.dataset?.k !== node.dataset?.k) kept.replaceWith(node);
    else if (kept.nodeType === Node.ELEMENT_NODE) patch(kept, node);
    else kept.data = node.data;
  });
  old.slice(to.childNodes.length).forEach((node) => node.remove());
}

function layerOf(stage, id) {
  let layer = stage.querySelector(`:scope > [data-scene="${id}"]`);
  if (!layer) {
    layer = document.createElement("section");
    layer.dataset.scene = id;
    layer.className = "w-scene";
    stage.append(layer);
  }
  return layer;
}

function show(stage, id) {
  const layer = stage.querySelector(`:scope > [data-scene="${id}"]`);
  if (!layer || stage.dataset.shown === id) return;
  stage.querySelectorAll(":scope > .on").forEach((one) => one.classList.remove("on"));
  layer.classList.add("on");  // in one frame: a fade would show both scenes as ghosts
  stage.dataset.shown = id;
}

export default function ({ parentElement, data }) {
  const stage = parentElement.querySelector(".w-stage");
  for (const [id, html] of Object.entries(data.scenes)) {
    const layer = layerOf(stage, id);
    if (layer.drawn === html) continue;
    const next = document.createElement("template");
    next.innerHTML = `<section class="${layer.className}" data-scene="${id}">${html}</section>`;
    patch(layer, next.content.firstChild);
    layer.drawn = html;
  }
  window.iocWall = { show: (id) => show(stage, id) };
  if (window.iocWanted) show(stage, window.iocWanted);
}
