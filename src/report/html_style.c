/* The style sheet of report.html. Dark text on white; every text and badge reaches WCAG 2 AA (4.5 : 1). The
 * colours of the groups differ in lightness as well as in hue, so that they stay apart with any colour vision
 * and in a grey print; the group's word always stands beside them. Holds no & and no <, so the file is XML as
 * well. */
#include "report/html_style.h"

const char *const html_style[] = {
    /* page */
    "*{box-sizing:border-box}",
    "html{-webkit-text-size-adjust:100%}",
    "body{margin:0;background:#fff;color:#1b2330;font:15px/1.5 system-ui,-apple-system,'Segoe "
    "UI',Roboto,'Noto Sans',"
    "'Helvetica Neue',Arial,'PingFang SC','Microsoft YaHei','Noto Sans CJK "
    "SC',sans-serif;overflow-wrap:anywhere}",
    ".page{max-width:60rem;margin:0 auto;padding:2rem 2.25rem 3rem}",
    "h1,h2,h3,p,ul,ol,dl,dd,table{margin:0;padding:0}",
    "h1{font-size:1.45rem;line-height:1.25;font-weight:600;letter-spacing:-.01em}",
    "h2{font-size:1.02rem;font-weight:650;margin:0 0 .6rem;padding-bottom:.3rem;border-bottom:1px solid "
    "#d5dae1}",
    "h3{font-size:1rem;font-weight:600}",
    "section{margin-top:1.9rem}",
    "a{color:#0b5394}",
    "ul,ol{padding-left:1.25rem}",
    "li+li{margin-top:.25rem}",
    ".quiet{color:#545f6e}",
    ".small{font-size:.85rem}",
    ".note{color:#545f6e;font-size:.85rem;margin-top:.5rem}",
    ".ref{font-size:.8em;white-space:nowrap}",
    ".ref a{text-decoration:none}",
    /* head */
    ".head{border-bottom:2px solid #1b2330;padding-bottom:1rem}",
    ".title{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;flex-wrap:wrap}",
    ".mark{font-weight:700;color:#0b5394;margin-right:.6rem}",
    ".date{color:#545f6e;font-variant-numeric:tabular-nums}",
    ".facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.35rem "
    "2rem;margin-top:.9rem}",
    ".facts div{display:flex;gap:.6rem}",
    ".facts dt{flex:0 0 5.2rem;color:#545f6e}",
    ".facts dd{min-width:0}",
    ".facts .wide{grid-column:1/-1}",
    ".device{margin-top:.8rem;font-size:.82rem;color:#545f6e}",
    /* alerts, impression */
    ".alerts{list-style:none;padding:0}",
    ".alert{display:grid;grid-template-columns:8.2rem 1fr;gap:.2rem 1rem;border:1px "
    "solid;border-left-width:7px;border-radius:4px;"
    "padding:.7rem .9rem;break-inside:avoid}",
    ".alert+.alert{margin-top:.55rem}",
    ".badge{justify-self:start;align-self:start;border-radius:3px;padding:.12rem "
    ".5rem;font-size:.8rem;font-weight:700;color:#fff;"
    "max-width:100%;-webkit-print-color-adjust:exact;print-color-adjust:exact}",
    ".alert strong{display:block}",
    ".hours{border-color:#a3122a;background:#fdf1f2}",
    ".hours .badge{background:#a3122a}",
    ".days{border-color:#8a5300;background:#fff8ea}",
    ".days .badge{background:#8a5300}",
    ".planned{border-color:#0b5394;background:#f1f6fc}",
    ".planned .badge{background:#0b5394}",
    ".because{font-size:.85rem;color:#454f5d;margin-top:.15rem}",
    ".calm{border-left:4px solid #9aa5b1;padding:.25rem 0 .25rem .9rem}",
    ".missed{margin-top:.7rem}",
    ".impression{font-size:1.08rem;line-height:1.5;padding-left:1.5rem}",
    ".impression li::marker{color:#545f6e;font-weight:600}",
    /* tables */
    "table{border-collapse:collapse;width:100%;table-layout:fixed}",
    "th,td{text-align:left;vertical-align:top;padding:.28rem .7rem .28rem 0;font-weight:400}",
    "thead th,thead td{border-bottom:1px solid #d5dae1}",
    "thead th{font-size:.82rem;color:#545f6e}",
    "tbody tr+tr th,tbody tr+tr td{border-top:1px solid #edf0f3}",
    "tr{break-inside:avoid}",
    "th:last-child,td:last-child{padding-right:0}",
    ".num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}",
    ".pairs{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem}",
    ".pairs dt{color:#545f6e;max-width:16rem}",
    ".third{width:32%}",
    ".measure{width:27%}",
    ".score{width:15%}",
    /* findings */
    ".sections{columns:2;column-gap:2.4rem}",
    ".sections.single{columns:1}",
    ".sections div{break-inside:avoid;padding-bottom:1rem}",
    ".sections h3{margin-bottom:.15rem}",
    ".sections th{width:46%;color:#454f5d}",
    ".tag{display:inline-block;font-size:.72rem;line-height:1.35;border:1px solid "
    "#b9c2cc;border-radius:3px;padding:0 .3rem;"
    "margin-left:.45rem;color:#454f5d;vertical-align:.08em;white-space:nowrap}",
    ".tag.measured{border-color:#0b5394;color:#0b5394;background:#f1f6fc}",
    ".differ{display:block;font-size:.82rem;font-weight:600;color:#8a5300}",
    ".method{color:#454f5d;font-size:.85rem}",
    ".value{font-variant-numeric:tabular-nums}",
    ".missing{color:#545f6e;font-style:italic}",
    /* differential */
    ".ranking td,.ranking th{vertical-align:middle;padding-top:.32rem;padding-bottom:.32rem}",
    ".ranking .first th{font-weight:650}",
    ".ranking .diagnosis{width:30%}",
    ".ranking .group{width:8.3rem}",
    ".ranking thead .num{width:5.6rem}",
    ".rank{width:2rem;color:#545f6e;font-variant-numeric:tabular-nums}",
    ".percent{font-weight:650}",
    ".group{white-space:nowrap}",
    ".scale{display:flex;justify-content:space-between}",
    "svg{display:block;overflow:visible}",
    ".chip{display:inline-block;width:.72em;height:.72em;margin-right:.4em}",
    ".track{fill:#eef1f4}",
    ".halo{stroke:#fff;stroke-width:4}",
    ".whisker{stroke:#1b2330;stroke-width:1.6}",
    ".f-benign{fill:#5aa9dd}",
    ".f-intermediate{fill:#e3a008}",
    ".f-malignant{fill:#9d1b34}",
    ".f-secondary{fill:#6a4c93}",
    ".f-mimic{fill:#2f8f83}",
    ".f-none_of_these{fill:#8d97a3}",
    ".legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin-top:.45rem}",
    ".legend li{margin:0}",
    ".sums{margin-top:1rem}",
    ".sums h3{margin-bottom:.35rem}",
    ".others{margin-top:.8rem}",
    /* reasons */
    ".explained{margin-top:1.1rem}",
    ".explained h3{break-after:avoid}",
    ".explained h3 .quiet{font-weight:400}",
    ".reasons td{vertical-align:top}",
    ".reasons .weight{padding-top:.5rem}",
    ".reasons col.weight{width:9.5rem}",
    ".reasons col.odds{width:4.4rem}",
    ".reasons th{font-size:.82rem;color:#545f6e;padding-top:.5rem}",
    ".f-for{fill:#2a78b5}",
    ".f-against{fill:#c77700}",
    ".axis{stroke:#1b2330;stroke-width:1}",
    /* next, end */
    ".next{padding-left:1.4rem}",
    ".next li{break-inside:avoid}",
    ".burden{color:#545f6e;font-size:.85rem;margin-left:.6rem}",
    ".sources{list-style:none;padding:0;font-size:.85rem}",
    ".sources li{display:grid;grid-template-columns:2.4rem 1fr}",
    ".sources li:target{background:#fff3c4}",
    ".mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans "
    "Mono',monospace;font-size:.82rem}",
    ".provenance{font-size:.85rem}",
    ".provenance table{margin-top:.6rem}",
    /* narrow screens */
    "@media (max-width:46rem){.page{padding:1.2rem 1rem 2rem}.sections{columns:1}",
    ".alert{grid-template-columns:1fr}.ranking .group,.reasons .weight{display:none}}",
    /* paper */
    "@page{size:A4;margin:15mm 15mm 16mm}",
    "@media print{body{font-size:9.5pt;line-height:1.4}.page{max-width:none;padding:0}",
    "section{margin-top:1.3rem}section,.reasons tbody,.pairs{break-inside:avoid}.long{break-inside:auto}",
    "a{color:inherit;text-decoration:none}h2{break-after:avoid}.sections{columns:2}.sections.single{columns:"
    "1}",
    ".alert{grid-template-columns:7.4rem 1fr}",
    ".alert,.tag{-webkit-print-color-adjust:exact;print-color-adjust:exact}}",
};

const size_t html_style_count = sizeof html_style / sizeof html_style[0];
