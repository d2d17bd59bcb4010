"""The style sheet of the HTML report: light, dark, narrow, and black on white on paper."""

STYLE = """
:root { color-scheme: light dark; --text: #1b1e24; --back: #ffffff; --muted: #535a66; --line: #cfd4dc; --code: #f1f3f5;
  --good: #136c34; --bad: #a8132b; --link: #0b5cad }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ef; --back: #14171c; --muted: #a3acba; --line: #3a4352;
  --code: #232933; --good: #7bd996; --bad: #ff8f9c; --link: #7fbdf0 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem;
  color: var(--text); background: var(--back); overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; border-bottom: 2px solid var(--line) }
h3 { font-size: 1rem; margin: 1.25rem 0 0 } p { margin: .25rem 0 } ul { margin: .25rem 0; padding-left: 1.25rem }
ul ul, details > ul { list-style: none; padding-left: 0 }
a { color: var(--link) } summary { cursor: pointer; color: var(--link) }
code, pre { font: .875em/1.45 ui-monospace, monospace; background: var(--code) } code { padding: .1em .3em }
pre { padding: .5rem; white-space: pre-wrap }
table { border-collapse: collapse; width: 100%; table-layout: fixed; margin: .5rem 0 }
th, td { padding: .35rem .5rem; vertical-align: top; text-align: left; border-top: 1px solid var(--line) }
th.status { width: 9.5rem }
.note, small, time { color: var(--muted) } .failed, .drifted { color: var(--bad); font-weight: 600 }
.done, .rehearsed { color: var(--good) } .lead { font-size: 1.125rem } .open > li { margin: .75rem 0 }
@media (max-width: 34rem) { thead { position: absolute; clip-path: inset(50%) } tr { display: block; padding: .35rem 0;
  border-top: 1px solid var(--line) } td { display: block; border: 0; padding: 0 } ul { padding-left: 1rem } }
@media print {
  :root { color-scheme: light; --text: #000; --back: #fff; --muted: #000; --line: #777; --code: #fff; --good: #000;
    --bad: #000; --link: #000 }
  body { max-width: none; padding: 0; font-size: 10pt } a { text-decoration: none }
  h1, h2, h3, section > p, summary { break-after: avoid }
  tr, li { break-inside: avoid } thead { display: table-header-group }
  details.evidence::details-content { content-visibility: visible; display: block; block-size: auto }
  details.evidence:not([open]) > :not(summary) { display: revert }
  details.evidence > summary { list-style: none } summary::marker { content: "" }
  time::after { content: " (" attr(title) ")" }
}
""".strip()
