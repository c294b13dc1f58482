package dev.highwater.rehearsal.report;

/**
 * How a report looks: on a screen, light and dark, on a phone and in print. It names nothing
 * outside the page. Stateless.
 */
final class Style {
  /** The page's only style sheet. */
  static final String SHEET =
      """
      :root{color-scheme:light dark;--paper:#fff;--ink:#1a1f26;--quiet:#5d6875;--line:#e2e6ea;
      --faint:#f4f6f8;--target:#2563c7;--ready:#178a4c;--offered:#d9730d;--refused:#cc2f2b;
      --served:#8794a3;--needed:#1a1f26;--event:#7b5fc9;--p99:#7b5fc9;--c0:#178a4c;--c1:#2563c7;
      --c2:#d9730d;--c3:#7b5fc9;--c4:#0e8f9e;--c5:#b8468f;--c6:#8a6d3b;--c7:#6b7785}
      @media screen and (prefers-color-scheme:dark){:root{--paper:#11151a;--ink:#e4e8ed;
      --quiet:#97a3b0;--line:#29313a;--faint:#181d24;--target:#69a2ff;--ready:#43c780;
      --offered:#f29d49;--refused:#ff6a63;--served:#738191;--needed:#e4e8ed;--event:#ab93f5;
      --p99:#ab93f5;--c0:#43c780;--c1:#69a2ff;--c2:#f29d49;--c3:#ab93f5;--c4:#44c4d2;
      --c5:#e883c2;--c6:#c7a66b;--c7:#8d99a7}}
      *{box-sizing:border-box}
      html{-webkit-text-size-adjust:100%}
      body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,-apple-system,
      "Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
      main,header,footer{max-width:1120px;margin:0 auto;padding:0 24px}
      header{padding-top:28px}
      h1{font-size:26px;line-height:1.2;margin:0;letter-spacing:-.01em}
      h2{font-size:17px;line-height:1.3;margin:44px 0 10px;padding-top:12px;
      border-top:1px solid var(--line)}
      h3{font-size:14.5px;margin:22px 0 6px}
      p{margin:6px 0;max-width:76ch}
      a{color:inherit;text-decoration-color:var(--served);text-underline-offset:2px}
      code{font:12px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
      .title{font-size:16px;color:var(--quiet);margin:4px 0 0}
      .meta,.note,footer{color:var(--quiet);font-size:12.5px}
      .meta{margin-top:10px}
      nav{margin:14px 0 0;font-size:12.5px;display:flex;flex-wrap:wrap;gap:2px 16px}
      .verdict{margin:18px 0 0;padding:10px 14px;border-left:3px solid var(--ready);
      background:var(--faint)}
      .verdict.bad{border-color:var(--refused)}
      .verdict ul{margin:4px 0 0;padding-left:18px}
      .tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;
      background:var(--line);border:1px solid var(--line);margin:16px 0}
      .tiles div{background:var(--paper);padding:9px 12px}
      .tiles b{display:block;font-size:21px;line-height:1.25;font-weight:600;letter-spacing:-.01em}
      .tiles span{color:var(--quiet);font-size:12px;display:block}
      .scroll{overflow-x:auto;margin:8px 0 4px}
      table{border-collapse:collapse;width:100%;font-size:12.5px;line-height:1.4}
      caption{text-align:left;color:var(--quiet);font-size:12.5px;padding:0 0 4px}
      th,td{text-align:right;padding:4px 0 4px 11px;border-bottom:1px solid var(--line);
      vertical-align:top;white-space:nowrap}
      thead th{font-weight:500;color:var(--quiet);border-bottom-color:var(--served);
      vertical-align:bottom}
      th:first-child{text-align:left;padding-left:0}
      tbody th{font-weight:500}
      td b{font-weight:650}
      td.words{text-align:left;white-space:normal;min-width:180px}
      tr.own>*{background:var(--faint)}
      .words table{width:auto}.words th,.words td{text-align:left;padding:4px 28px 4px 0}
      .bad-figure{color:var(--refused)}
      .chart{margin:8px 0 26px;break-inside:avoid}.chart.bare{margin-bottom:9px}
      figcaption{font-size:12.5px;display:flex;flex-wrap:wrap;gap:0 14px;margin:0 0 5px}
      figcaption b{font-weight:600}
      .key{color:var(--quiet);white-space:nowrap}
      .key i{display:inline-block;width:14px;height:0;border-top:2px solid;margin-right:5px;
      vertical-align:middle}
      .key i.swatch{height:9px;border:0;background:currentColor;border-radius:1px;opacity:.62}
      .key i.swatch.served{opacity:.4}.key i.needed{border-top:1px dotted}
      .key i.dash{border-top-style:dashed;border-top-width:1.5px}
      .key i.dot{width:8px;height:8px;border:0;border-radius:50%;background:currentColor}
      .plot{position:relative;height:132px;margin:0 6px 0 46px}
      .plot.tall{height:220px}
      .plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible;
      border-bottom:1px solid var(--served)}
      .plot path{fill:none;vector-effect:non-scaling-stroke}
      .grid{stroke:var(--line);stroke-width:1}
      .line{stroke:currentColor;stroke-width:1.6;stroke-linejoin:round}
      .line.needed{stroke-width:1;stroke-dasharray:2 2}
      .line.served{stroke-width:1.2}
      .plot .range{fill:currentColor;opacity:.2}
      .plot .fill{fill:currentColor;fill:color-mix(in srgb,currentColor 62%,var(--paper))}
      .plot .fill.served{fill:currentColor;opacity:.3}
      .dash{stroke:currentColor;stroke-width:1.2;stroke-dasharray:5 4}
      .mark{stroke:currentColor;stroke-width:1.2;stroke-dasharray:3 3}
      .plot .region{fill:var(--event);opacity:.13}
      .plot .fade{fill:var(--event);opacity:.06}
      .target{color:var(--target)}.ready{color:var(--ready)}.offered{color:var(--offered)}
      .refused{color:var(--refused)}.served{color:var(--served)}.needed{color:var(--needed)}
      .event{color:var(--event)}.p99{color:var(--p99)}
      .c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}
      .c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}
      .y,.x{position:absolute;color:var(--quiet);font-size:11px;line-height:1;white-space:nowrap}
      .y{right:100%;transform:translateY(50%);padding-right:7px}
      .x{top:100%;transform:translateX(-50%);padding-top:5px}.x.end{transform:translateX(-100%)}
      .lane{position:relative;height:16px;margin:0 6px 0 46px;font-size:11.5px;line-height:16px}
      .lane span{position:absolute;white-space:nowrap;padding:0 4px;border-left:2px solid;
      max-width:60%;overflow:hidden;text-overflow:ellipsis}
      .lane span.right{border-left:0;border-right:2px solid}
      .hair{position:absolute;top:0;bottom:0;width:0;border-left:1px solid var(--quiet);
      pointer-events:none}
      .hair span{position:absolute;top:2px;left:6px;background:var(--paper);
      border:1px solid var(--line);padding:3px 7px;font-size:11.5px;line-height:1.45;
      white-space:pre;box-shadow:0 2px 8px rgba(0,0,0,.12);z-index:2}
      .hair.left span{left:auto;right:6px}
      .service{break-inside:auto;margin-top:26px}
      .service>h3{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin-bottom:8px}
      .service>h3 span{font-weight:400;font-size:12.5px;color:var(--quiet)}
      .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(430px,1fr));gap:0 28px}
      .scatter{height:300px}
      .point{position:absolute;width:10px;height:10px;margin:-5px;border-radius:50%;
      background:currentColor;box-shadow:0 0 0 2px var(--paper)}
      .point.bound{background:var(--paper);border:2px solid}
      .name{position:absolute;transform:translate(10px,50%);font-size:12px;line-height:18px;
      white-space:nowrap}
      .name.left{transform:translate(calc(-100% - 10px),50%)}
      details{margin:4px 0 12px;font-size:12.5px}
      summary{cursor:pointer;color:var(--quiet)}
      .turn{border-top:1px solid var(--line);padding:12px 0 6px;break-inside:avoid;
      display:grid;grid-template-columns:44px minmax(0,1fr);gap:0 8px}
      .turn>b{font-size:19px;font-weight:600;color:var(--served);line-height:1.15}
      .turn h3{margin:0 0 2px}
      .turn p{font-size:13px}
      .turn table{max-width:860px}
      .turn .won>*{font-weight:650}
      dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 16px;margin:8px 0;font-size:13px}
      dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
      footer{border-top:1px solid var(--line);margin-top:44px;padding-top:12px;padding-bottom:40px}
      @media (max-width:640px){body{font-size:13.5px}main,header,footer{padding-left:14px;
      padding-right:14px}h1{font-size:22px}.x.odd{display:none}.plot,.lane{margin-left:38px}
      .pair{grid-template-columns:1fr}.tiles{grid-template-columns:repeat(2,1fr)}
      .tiles b{font-size:18px}.turn{grid-template-columns:26px minmax(0,1fr)}.turn>b{font-size:16px}
      dl{grid-template-columns:minmax(0,1fr)}dt{margin-top:4px}.lane span{max-width:100%}
      .key{white-space:normal}
      td.words{min-width:220px}}
      @media print{@page{size:A4;margin:14mm 12mm}:root{color-scheme:light}
      *{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:10.5px}
      main,header,footer{max-width:none;padding:0}nav,.hair{display:none}details{display:none}
      h1{font-size:20px}h2{font-size:14px;margin-top:22px;break-after:avoid}
      h3{font-size:11.5px;break-after:avoid}.tiles b{font-size:15px}.tiles{break-inside:avoid;
      grid-template-columns:repeat(4,1fr)}.scroll{overflow:visible}
      caption,figcaption,.meta,.note,dl,.turn p,footer{font-size:9px}
      th,td{padding:2px 0 2px 6px}thead th{white-space:normal}.words th,.words td{padding:2px 9px 2px 0}
      table{font-size:8.5px}code{font-size:8px}tr{break-inside:avoid}.plot{height:92px}.plot.tall{height:160px}
      .scatter{height:220px}.name{font-size:9px;line-height:13px}.chart{margin-bottom:18px}.chart.bare{margin-bottom:6px}.y,.x,.lane{font-size:8.5px}
      .pair{grid-template-columns:1fr 1fr}.pair .x.odd{display:none}.lane+figure,.lane{break-after:avoid}
      td.words{min-width:0}}
      """;

  /**
   * Reads a chart's values where the pointer is. The page says everything without it; a curve's
   * values are those of its path's {@code data-v}.
   */
  static final String SCRIPT =
      """
      document.querySelectorAll('.plot[data-seconds]').forEach(function(p){
      var hair=document.createElement('div'),box=document.createElement('span');hair.className='hair';
      hair.hidden=true;hair.appendChild(box);p.appendChild(hair);
      var curves=[].map.call(p.querySelectorAll('[data-v]'),function(c){
      return{name:c.dataset.name,step:+c.dataset.step,v:c.dataset.v.split(' ')}});
      function two(n){return(n>9?'':'0')+n}
      function clock(s){s=Math.floor(s);var h=Math.floor(s/3600),m=Math.floor(s/60)%60;
      return(h?h+':'+two(m):m)+':'+two(s%60)}
      p.addEventListener('pointermove',function(e){var r=p.getBoundingClientRect(),
      x=Math.min(1,Math.max(0,(e.clientX-r.left)/r.width)),t=x*p.dataset.seconds,text=clock(t);
      curves.forEach(function(c){var i=Math.min(c.v.length-1,Math.floor(t/c.step));
      if(c.v[i])text+='\\n'+c.name+'  '+c.v[i]});
      box.textContent=text;hair.style.left=100*x+'%';hair.classList.toggle('left',x>.6);
      hair.hidden=false});
      p.addEventListener('pointerleave',function(){hair.hidden=true})});
      """;

  private Style() {}
}
