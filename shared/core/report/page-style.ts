/**
 * The one style of every page. Colours are variables, so pictures follow light, dark and paper; text on them keeps a
 * contrast of 4.5 : 1 or more in both. Paper is always light.
 */

const LIGHT = `
--ink:#1f2328;--muted:#57606a;--line:#d5dbe1;--paper:#fff;--panel:#f6f8fa;
--first:#0860c7;--second:#b84500;--third:#177238;--before:#aab4be;--alarm:#b3261e;--alarm-panel:#fff6f5;`

const DARK = `
--ink:#e6edf3;--muted:#9aa4af;--line:#343b44;--paper:#0f141a;--panel:#181f27;
--first:#62aeff;--second:#f5934b;--third:#5fd079;--before:#66717d;--alarm:#ff8a80;--alarm-panel:#241819;`

export const PAGE_STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0 auto;max-width:76rem;padding:1.5rem clamp(.75rem,3vw,2rem) 4rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
h1{margin:0;font-size:1.8rem;line-height:1.2}
h2{margin:2.5rem 0 .75rem;font-size:1.25rem;line-height:1.3}
h3{margin:1.5rem 0 .25rem;font-size:1rem}
p{margin:.5rem 0;max-width:48rem}
ul{margin:.5rem 0;padding-left:1.25rem;max-width:48rem}
li{margin:.25rem 0}
code{font:.92em ui-monospace,SFMono-Regular,Consolas,monospace}
code span{white-space:nowrap}
.kind{margin:0;color:var(--muted);font-size:.85rem}
.lead{color:var(--muted)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,10rem),1fr));gap:.75rem;margin:1.25rem 0}
.tiles div{padding:.75rem 1rem;background:var(--panel);border:1px solid var(--line);border-radius:.5rem}
.tiles dt{color:var(--muted);font-size:.85rem}
.tiles dd{margin:0}
.tiles .value{font-size:1.6rem;line-height:1.3;font-weight:600;font-variant-numeric:tabular-nums}
.tiles .note{color:var(--muted);font-size:.8rem;line-height:1.4}
.summary h2{margin:1.5rem 0 .5rem;font-size:1rem}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:1.5rem 0 0;padding-top:.75rem;border-top:1px solid var(--line);font-size:.9rem}
a{color:var(--first)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1.5rem;align-items:start}
.figures.small{grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:1rem;align-items:stretch}
@media (min-width:64rem){.beside{grid-column:span 2}}
figure{margin:0;min-width:0;max-width:32rem}
figcaption{margin-bottom:.5rem;font-size:.85rem;line-height:1.45;color:var(--muted)}
figcaption strong{display:block;color:var(--ink);font-size:.95rem}
figcaption b{color:var(--ink);font-weight:600}
svg{display:block;width:100%;height:auto;color:var(--muted);font-family:inherit}
svg text{white-space:pre}
.plot{font-size:11px}
.cell{min-width:0}
.beside>:first-child,.cell>:first-child{margin-top:0}
.beside caption,.cell caption{padding-top:0}
.scroll{overflow-x:auto;margin:.75rem 0;overflow-wrap:normal}
.scroll:focus-visible,a:focus-visible{outline:2px solid var(--first);outline-offset:2px}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.88rem;line-height:1.4}
caption{padding:.25rem 0 .5rem;text-align:left;color:var(--muted);font-size:.85rem}
caption span{position:sticky;left:0;display:inline-block;max-width:min(100%,calc(100vw - 1.5rem))}
th,td{padding:.35rem .9rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--muted);font-size:.8rem;vertical-align:bottom;border-bottom-width:2px}
tbody th{position:sticky;left:0;background:var(--paper);font-weight:600;overflow-wrap:break-word}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.prose{min-width:16rem}
.definitions{display:grid;grid-template-columns:minmax(8rem,auto) 1fr;gap:.35rem 1.25rem;font-size:.88rem;max-width:60rem}
.definitions dt{font-weight:600}
.definitions dd{margin:0;color:var(--muted)}
details{margin:.5rem 0;font-size:.9rem}
summary{cursor:pointer;color:var(--first)}
.alarm{color:var(--alarm);font-weight:600}
.quiet{color:var(--muted)}
.card{padding:.75rem;border:1px solid var(--line);border-radius:.5rem}
.card.moved{border-color:var(--alarm);background:var(--alarm-panel)}
.swatch{display:inline-block;width:.7em;height:.7em;margin-right:.3em;border-radius:2px}
@media (max-width:30rem){
body{padding-top:1rem}
h1{font-size:1.45rem}
.tiles{grid-template-columns:1fr 1fr;gap:.5rem}
.tiles div{padding:.5rem .65rem}
.tiles .value{font-size:1.25rem}
.definitions{grid-template-columns:1fr;gap:0}
.definitions dd{margin-bottom:.6rem}
}
@media print{
@page{margin:14mm}
:root{color-scheme:light}
body{padding:0;font-size:10.5pt}
nav{display:none}
.figures{grid-template-columns:1fr 1fr}
.beside{grid-column:auto}
.figures.small{grid-template-columns:1fr 1fr 1fr}
figure,tr,.tiles,.card{break-inside:avoid}
h2,h3,caption,thead{break-after:avoid}
details:not([open]){display:none}
.scroll{overflow:visible}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`
  .trim()
  .replaceAll('\n', '')
