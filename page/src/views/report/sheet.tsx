// The report as the server draws it, in a root of its own: its styles stay inside, and it brings no script (the page's policy
// would not run one).
import { useEffect, useRef } from "preact/hooks";

/** A report's styles speak of :root, html and body, which are the host here; a print rule stays for the download. */
function fitted(css: string): string {
  return css.replace(/(^|[\s,}{])(?::root|html|body)(?=[\s,{:.[])/g, "$1:host");
}

export function Sheet({ html }: { html: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current) {
      return;
    }
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const styles: string[] = [];
    const plain = html.replace(/<style[^>]*>([\s\S]*?)<\/style>/gi, (_, css: string) => (styles.push(css), "")); // the policy would refuse them inline
    const parsed = new DOMParser().parseFromString(plain, "text/html");
    root.adoptedStyleSheets = styles.map((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(fitted(css));
      return sheet;
    });
    parsed.querySelectorAll("script, link, meta, title").forEach((node) => node.remove());
    root.replaceChildren(...[...parsed.body.childNodes].map((node) => document.importNode(node, true)));
    root.addEventListener("click", onLink);
    return () => root.removeEventListener("click", onLink);
  }, [html]);
  return <div ref={host} class="sheet" data-sheet />;
}

/** A reference inside the report leads to its place in the report; the address belongs to the page. */
function onLink(event: Event): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const href = link?.getAttribute("href");
  if (href?.startsWith("#")) {
    event.preventDefault();
    (event.currentTarget as ShadowRoot).getElementById(decodeURIComponent(href.slice(1)))?.scrollIntoView({ block: "nearest" });
  } else if (link) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
}
