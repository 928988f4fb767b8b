"""How the page of a benchmark looks, by day, by night and on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

# The eight colours of series keep apart for colour-blind eyes on both grounds.
STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fcfcfb; --card: #ffffff; --ink: #16181d; --soft: #5b626e; --faint: #8a919c;
  --rule: #e4e6ea; --accent: #2a6fdb; --warn: #8a5a00; --warn-ground: #fff6e0; --warn-rule: #f0d493;
  --s0: #2a6fdb; --s1: #d95f02; --s2: #1b9e77; --s3: #c2379a; --s4: #8f6bd6; --s5: #a08100;
  --s6: #3aa6c4; --s7: #7a7f87;
  --t0: #b8bec8; --t1: #7fb2f0; --t2: #2a6fdb; --t3: #173f80;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --card: #1b1e24; --ink: #eceef2; --soft: #a6adb9; --faint: #7b828e;
    --rule: #2c3038; --accent: #7db1ff; --warn: #f2c766;
    --warn-ground: #2b2413; --warn-rule: #5a4a1d;
    --s0: #6ea8ff; --s1: #ff9a4d; --s2: #3fcf9f; --s3: #f07ccb; --s4: #b79bff; --s5: #dcc04a;
    --s6: #6fd3ee; --s7: #a2a8b2;
    --t0: #565d69; --t1: #3f6fae; --t2: #6ea8ff; --t3: #c3dbff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 6px; }
h2 { font-size: 19px; letter-spacing: -0.01em; margin: 0 0 12px; }
h3 { font-size: 14px; font-weight: 600; margin: 0 0 8px; color: var(--soft); }
p { margin: 0 0 8px; max-width: 95ch; }
ul + h2 { margin-top: 18px; } .panel + .panel { margin-top: 26px; }
figure { overflow-x: auto; } svg { min-width: 700px; }
.panels + .note { margin: 10px 0 0; font-size: 13.5px; }
.lede, .note { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 12px;
  padding: 22px 24px; margin-top: 22px; }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.scroll { overflow-x: auto; margin: 0 -24px; padding: 0 24px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 13.5px; padding: 0 0 8px; }
th, td { padding: 7px 0 7px 16px; text-align: right; white-space: nowrap; font-size: 14px;
  border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child, .dense th:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: 12.5px; vertical-align: bottom; }
tbody th { font-weight: 600; max-width: 300px; overflow: hidden; text-overflow: ellipsis; }
tbody th span { display: block; overflow: hidden; text-overflow: ellipsis;
  color: var(--soft); font-weight: 400; font-size: 12.5px; }
tbody tr:last-child th, tbody tr:last-child td { border-bottom: 0; }
table + table, .scroll + .scroll { margin-top: 26px; }
.dense th, .dense td { font-size: 13px; padding-left: 13px; } .dense tbody th { max-width: 190px; }
td.main { font-weight: 650; }
th.text, td.text { text-align: left; white-space: normal; overflow-wrap: anywhere;
  max-width: 340px; font-weight: 500; }
td.hash { font: 12px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.warnings { background: var(--warn-ground); border-color: var(--warn-rule); }
.warnings h2 { color: var(--warn); }
ul { margin: 0; padding-left: 20px; } li { margin: 3px 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0 0 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
text { fill: var(--ink); font-size: 14px; }
.tick { fill: var(--soft); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.axis, .legend { fill: var(--soft); font-size: 13px; }
.name { font-weight: 600; font-size: 14px; } .small { fill: var(--soft); font-size: 12.5px; }
.value { font-weight: 650; font-size: 15px; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); stroke-width: 1; }
.leader { fill: none; stroke: var(--faint); stroke-width: 1; opacity: 0.6; }
.linear { fill: none; stroke: var(--faint); stroke-width: 1.5; stroke-dasharray: 5 5; }
.line { fill: none; stroke: var(--c); stroke-width: 2.5; stroke-linejoin: round; }
.dot { fill: var(--c); stroke: var(--card); stroke-width: 2; }
.hill { fill: var(--c); fill-opacity: 0.28; stroke: var(--c); stroke-width: 1.5; }
.p { stroke: var(--ink); } .p50 { stroke-width: 2.5; } .p90 { stroke-width: 1.25; }
.p99 { stroke-width: 1.25; stroke-dasharray: 2 3; }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); }
.s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); } .s7 { --c: var(--s7); }
.t0 { fill: var(--t0); } .t1 { fill: var(--t1); } .t2 { fill: var(--t2); } .t3 { fill: var(--t3); }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  :root { color-scheme: light; --ground: #fff; --card: #fff; --ink: #000; --soft: #444;
    --faint: #777; --rule: #ccc; --warn: #5c3c00; --warn-ground: #fff; --warn-rule: #999;
    --s0: #2a6fdb; --s1: #d95f02; --s2: #1b9e77; --s3: #c2379a; --s4: #8f6bd6; --s5: #a08100;
    --s6: #3aa6c4; --s7: #7a7f87; --t0: #b8bec8; --t1: #7fb2f0; --t2: #2a6fdb; --t3: #173f80; }
  main { max-width: none; padding: 0; }
  section { border: 0; padding: 0; margin-top: 18px; }
  .panel, tr, .warnings { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; margin: 0; padding: 0; }
  th, td { font-size: 11px; padding-left: 10px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
