// The report: as it will be read, with the reader's own text, in either language, in every format.
import { Copy, Download, RotateCcw } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { type Key, t } from "../i18n";
import { say } from "../i18n/said";
import { download, type Format, formats, impression, ownText, plainText, preview, reportLanguage, wantsReport } from "../state/report";
import { notice, tell } from "../state/session";
import { Sheet } from "./report/sheet";
import "../style/report.css";

function OwnText() {
  const told = impression.value.split("\n").map((line) => say(line)).join("\n");
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? ownText.value ?? told;
  return (
    <section class="own-text" aria-labelledby="own-text-title">
      <div class="title">
        <h2 id="own-text-title">{t("report.text")}</h2>
        {ownText.value !== null && (
          <button
            type="button"
            class="link"
            data-action="reset-text"
            onClick={() => {
              setTyped(null);
              ownText.value = null;
            }}
          >
            <RotateCcw size={13} aria-hidden="true" />
            {t("report.reset")}
          </button>
        )}
      </div>
      <textarea
        data-own-text
        aria-labelledby="own-text-title"
        rows={4}
        value={shown}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => {
          const text = event.currentTarget.value;
          ownText.value = text.trim() === "" || text === told ? null : text;
          setTyped(null);
        }}
      />
    </section>
  );
}

async function copy(): Promise<void> {
  try {
    await navigator.clipboard.writeText(await plainText());
    notice.value = { kind: "done", text: t("report.copied") };
  } catch (fault) {
    tell(fault);
  }
}

function Files() {
  return (
    <div class="files">
      {formats.map((format: Format) => (
        <button key={format} type="button" class="small" data-download={format} onClick={() => void download(format)}>
          <Download size={13} aria-hidden="true" />
          {t(`format.${format}` as Key)}
        </button>
      ))}
      <button type="button" class="small" data-action="copy" onClick={() => void copy()}>
        <Copy size={13} aria-hidden="true" />
        {t("report.copy")}
      </button>
    </div>
  );
}

export function Report() {
  useEffect(() => {
    wantsReport.value += 1;
    return () => {
      wantsReport.value -= 1;
    };
  }, []);
  return (
    <div class="report">
      <div class="report-head">
        <div class="languages" role="group" aria-label={t("report.language")}>
          {(["en", "zh"] as const).map((id) => (
            <button key={id} type="button" class="small" aria-pressed={reportLanguage.value === id} data-language={id} onClick={() => (reportLanguage.value = id)}>
              {id === "en" ? "English" : "中文"}
            </button>
          ))}
        </div>
        <Files />
      </div>
      <OwnText />
      {preview.value === null ? <div class="sheet waiting" aria-busy="true" /> : <Sheet html={preview.value} />}
    </div>
  );
}
