/**
 * The style of the report: light and dark by the reader's setting, paper always light. Colours are Okabe and Ito's, told apart by all
 * kinds of sight; whatever has a meaning has also a word, a shape or a dash. Text meets WCAG AA on its ground.
 */
export const style: string = `
:root{--ground:#fff;--card:#f6f7f9;--ink:#16191d;--soft:#565d66;--line:#dfe3e8;--judged:#0072b214;--limit:#b3261e;
--pass:#0b6e4f;--fail:#b3261e;--inconclusive:#8a5a00;--invalid:#6b3fa0;--good:#0b6e4f1f;
--c1:#0072b2;--c2:#c45500;--c3:#009e73;--c4:#a3417f;--c5:#7a6a00;--c6:#3b8fc4;--c7:#6d4c41;--c8:#555;--c9:#b3261e}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1d2126;--ink:#eceff3;--soft:#a5adb8;--line:#343a42;--judged:#56b4e91c;--limit:#ff8a80;
--pass:#4cc9a0;--fail:#ff8a80;--inconclusive:#f2b84b;--invalid:#c3a1f0;--good:#4cc9a026;
--c1:#56b4e9;--c2:#ff9d4d;--c3:#2fd0a0;--c4:#e79ac8;--c5:#f0e442;--c6:#9bc9ff;--c7:#c9a28f;--c8:#b5bcc6;--c9:#ff8a80}}
@media print{:root{--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--judged:#0072b214;--limit:#b3261e;
--pass:#0b6e4f;--fail:#b3261e;--inconclusive:#8a5a00;--invalid:#6b3fa0;--good:#0b6e4f1f;
--c1:#0072b2;--c2:#c45500;--c3:#009e73;--c4:#a3417f;--c5:#7a6a00;--c6:#3b8fc4;--c7:#6d4c41;--c8:#555;--c9:#b3261e}}
*{box-sizing:border-box}
html{background:var(--ground);color:var(--ink);-webkit-text-size-adjust:100%;print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{margin:0 auto;max-width:1120px;padding:24px 24px 48px;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
p,ul,ol,dl,figure{margin:0}
h1{margin:0;font-size:32px;line-height:1.2;letter-spacing:-.01em}
h1 span{font-weight:400;color:var(--soft)}
h2{margin:40px 0 4px;font-size:24px;line-height:1.3}
article.single>h2{position:absolute;left:-9999px}
article+article{border-top:1px solid var(--line);margin-top:48px}
h3{margin:40px 0 12px;font-size:18px;line-height:1.3}
a{color:inherit}
small{font-size:13px;color:var(--soft);font-weight:400}
.brand{color:var(--soft);font-size:14px;margin-bottom:4px}
.when{color:var(--soft);font-size:14px;margin-top:6px}
.when b{color:var(--inconclusive);font-weight:600}
.description{color:var(--soft)}
.note{color:var(--soft);font-size:14px;max-width:80ch;margin-top:8px}
.sign{width:44px;height:44px;flex:none}
.sign .shape{fill:var(--v)}
.sign .stroke{fill:none;stroke:var(--ground);stroke-width:3;stroke-linecap:round;stroke-linejoin:round}
.pass{--v:var(--pass)}.fail{--v:var(--fail)}.inconclusive{--v:var(--inconclusive)}.invalid{--v:var(--invalid)}
.verdict{display:flex;gap:20px;margin-top:20px;padding:20px 24px;border-radius:12px;background:var(--card);border:1px solid var(--line);border-left:6px solid var(--v);break-inside:avoid}
.verdict>div{min-width:0}
.word strong{font-size:28px;line-height:1.2;color:var(--v);margin-right:8px}
.word span{font-weight:600}
.reasons,.advice{padding-left:20px}
.reasons{margin-top:8px}
.reasons li+li,.advice li+li{margin-top:4px}
.verdict h3{margin:16px 0 4px;font-size:15px}
.overall{display:flex;gap:10px;align-items:center;margin-top:20px;flex-wrap:wrap}
.overall .sign{width:32px;height:32px}
.overall strong{font-size:22px;color:var(--v)}
nav ul{list-style:none;padding:0;display:flex;gap:8px;flex-wrap:wrap;margin-top:12px}
nav a{display:flex;gap:8px;align-items:center;padding:8px 12px;border:1px solid var(--line);border-radius:8px;text-decoration:none;background:var(--card)}
nav .sign{width:20px;height:20px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px;margin-top:16px}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
.tiles .bad{border-color:var(--fail)}.tiles .bad dd{color:var(--fail)}.tiles small{font-size:14px;font-weight:400}
.refused{margin-top:16px;padding:12px 16px;border:1px solid var(--fail);border-left:6px solid var(--fail);border-radius:10px}.refused strong{color:var(--fail)}
.model{margin-top:8px;max-width:80ch;color:var(--soft)}
.tiles dt{font-size:13px;color:var(--soft)}
.tiles dd{margin:0;font-size:22px;font-weight:600;line-height:1.3}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px}
.scroll:focus-visible,a:focus-visible,summary:focus-visible{outline:3px solid var(--c1);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:8px 12px;vertical-align:top;white-space:nowrap;font-weight:400}
thead th{color:var(--soft);font-weight:600;background:var(--card);vertical-align:bottom}
tbody th{font-weight:600}
.dense th,.dense td{padding:8px 7px}.dense thead th{white-space:normal}.dense .wide{min-width:220px}.dense th.text{min-width:90px}
tbody tr{border-top:1px solid var(--line)}
.n{text-align:right}
td small,tbody th small{display:block}
.law+.law{margin-top:32px}.law .two{margin-top:12px}
.group{border-left:1px solid var(--line)}
th[scope=colgroup]{text-align:left}
.total th,.total td{background:var(--card);font-weight:600}
.wide{width:100%;min-width:260px;white-space:normal}
.text{white-space:normal;overflow-wrap:anywhere}
th.text,td.text{min-width:110px}
.outcome{font-weight:600}
code{font:inherit;white-space:nowrap}
.warning{color:var(--invalid);font-weight:600;margin-bottom:12px}
.kept{--v:var(--pass)}.broken{--v:var(--fail)}.unproved{--v:var(--inconclusive)}.unseen{--v:var(--invalid)}
.outcome{color:var(--v)}
.bar{position:relative;height:14px;margin:4px 0 6px;background:var(--line);border-radius:3px}
.bar i{position:absolute;top:0;bottom:0}
.bar .good{background:var(--ground);background:linear-gradient(var(--good),var(--good)),var(--ground);border:1px solid var(--line);border-radius:3px}
.bar .fill{left:0;top:4px;bottom:4px;background:var(--v);border-radius:2px}
.bar .band{background:var(--v);opacity:.35;border-radius:2px;min-width:2px}
.bar .at{width:2px;top:-3px;bottom:-3px;margin-left:-1px;background:var(--ink)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:20px 28px}.scroll+.two{margin-top:20px}
.chart{break-inside:avoid;min-width:0}
section>.chart+.chart{margin-top:24px}
p+.scroll{margin-top:12px}
.chart+.scroll{margin-top:16px}
figcaption{font-size:14px;display:flex;flex-wrap:wrap;gap:2px 8px;align-items:baseline;margin-bottom:10px}
.unit{color:var(--soft)}
.legend{display:flex;flex-wrap:wrap;gap:0 14px;margin-left:auto;color:var(--soft);font-size:13px}
.key{display:inline-flex;gap:6px;align-items:center}
.key i{width:20px;height:0;border-top:3px solid var(--c)}
.key i.dashed{border-top-style:dashed}
.key i.shade{height:12px;border:1px solid var(--line);background:var(--judged)}
.frame{position:relative;padding:0 0 24px 48px;height:264px}
.short .frame{height:184px}
.plot{position:relative;height:100%;border-bottom:1px solid var(--soft)}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:hidden;display:block}
.plot path{fill:none;vector-effect:non-scaling-stroke}
.grid{stroke:var(--line);stroke-width:1}
.judged{fill:var(--judged)}
.line{stroke:var(--c);stroke-width:1.75;stroke-linejoin:round}
.line.dashed{stroke-dasharray:5 3;stroke-width:1.25}
.plot .area{fill:var(--c);opacity:.16;stroke:none}
.plot path.dot{stroke:var(--c);stroke-width:9;stroke-linecap:round}
.plot path.hole{stroke:var(--ground);stroke-width:5;stroke-linecap:round}
.key i.dot{position:relative}.key i.dot::after{content:"";position:absolute;left:5px;top:-7px;width:10px;height:10px;border-radius:50%;background:var(--c)}
.key i.dot.loose{border-top-color:transparent;width:12px}.key i.dot.loose::after{left:1px}.key i.dot.ring::after{background:var(--ground);border:2px solid var(--c)}
.axis{font-size:12px;color:var(--soft);text-align:right;margin-top:2px}
.headline strong{font-size:40px;line-height:1.15;letter-spacing:-.01em;color:var(--v)}.headline .interval{font-weight:400;color:var(--soft);font-size:18px;white-space:nowrap}
.headline+p{margin-top:6px;max-width:80ch}
.sentence{max-width:80ch;font-weight:600;margin-bottom:12px}
.score{display:flex;gap:8px;align-items:center;justify-content:flex-end}.score i{display:block;width:64px;height:8px;border-radius:4px;background:linear-gradient(90deg,var(--c1) var(--w),var(--line) var(--w))}
.evidence{margin:0;padding-left:16px;white-space:normal;min-width:260px}
tr.extrapolated td,tr.extrapolated th{font-style:italic;background:repeating-linear-gradient(135deg,transparent 0 6px,var(--card) 6px 12px)}
.limit{stroke:var(--limit);stroke-width:1.5;stroke-dasharray:8 4}
.mark{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
.mark.bad{stroke:var(--limit);stroke-dasharray:none}
.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}.c6{--c:var(--c6)}.c7{--c:var(--c7)}.c8{--c:var(--c8)}.c9{--c:var(--c9)}
.ticks-y{position:absolute;left:0;top:0;bottom:24px;width:42px;font-size:12px;color:var(--soft)}
.ticks-y span{position:absolute;right:0;transform:translateY(50%);line-height:1}
.ticks-x{position:absolute;left:48px;right:0;bottom:0;height:20px;font-size:12px;color:var(--soft)}
.ticks-x span{position:absolute;transform:translateX(-50%);white-space:nowrap}
.limit-label{position:absolute;right:4px;font-size:12px;color:var(--limit);background:var(--ground);padding:0 4px;line-height:1.3;border-radius:3px;opacity:.92;margin-bottom:2px}
.limit-label.under{transform:translateY(100%);margin-bottom:-2px}
.mark-label{position:absolute;top:-9px;transform:translateX(-50%);font-size:12px;line-height:1;color:var(--soft);cursor:help}
.mark-label.bad{color:var(--limit)}
.cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);pointer-events:none}
.tip{position:absolute;top:6px;display:flex;flex-direction:column;padding:6px 10px;border-radius:8px;background:var(--card);border:1px solid var(--line);font-size:12px;line-height:1.4;pointer-events:none;z-index:1;white-space:nowrap}
.cursor[hidden],.tip[hidden]{display:none}
.facts{display:grid;gap:10px;margin-top:16px}
.facts div{display:grid;grid-template-columns:140px 1fr;gap:2px 16px}
.facts dt{color:var(--soft);font-size:14px}
.facts dd{margin:0;grid-column:2;overflow-wrap:anywhere}
.events{list-style:none;padding:0;display:grid;gap:8px}
.events li{display:flex;gap:16px;padding:10px 14px;border:1px solid var(--line);border-radius:10px}
.events li.bad{border-left:4px solid var(--fail)}
.events li>div{min-width:0;flex:1}
.events time{color:var(--soft);min-width:44px}
pre{margin:8px 0 0;padding:10px 12px;background:var(--card);border-radius:8px;font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
summary{color:var(--soft);font-size:14px;margin-top:4px;cursor:pointer}
footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line);color:var(--soft);font-size:14px}
@media (max-width:640px){.headline strong{font-size:30px;display:block}body{padding:16px 16px 32px}h1{font-size:26px}.verdict{padding:16px;gap:12px}.sign{width:32px;height:32px}.word strong{font-size:24px;display:block}
.ticks-x .odd{display:none}.facts div{grid-template-columns:1fr}.facts dd{grid-column:1}.legend{margin-left:0;width:100%}
.criteria,.criteria tbody,.criteria tr,.criteria th,.criteria td{display:block;width:auto}.criteria thead{position:absolute;left:-9999px}
.criteria tr{padding:10px 0;display:grid;grid-template-columns:1fr auto}.criteria th,.criteria td{padding:2px 12px;min-width:0}.criteria th{white-space:normal;overflow-wrap:anywhere}.criteria .wide{grid-column:1/3}.criteria .outcome{text-align:right}.criteria .n{text-align:left}.criteria .n+.n{text-align:right}.criteria .wide+.n{display:none}.criteria .n small{display:inline;margin-left:6px}.tiles dd{font-size:18px}}
@media print{body{max-width:none;padding:0;font-size:12px}.scroll{overflow:visible}th,td{white-space:normal;padding:4px 6px}table{font-size:10px}.two{grid-template-columns:1fr 1fr}h3{break-after:avoid}footer{display:none}.wide{min-width:0}}
`;
