// The report: as it will be read, with the reader's own text, in either language, in every format.
import { Copy, Download, PenLine, RotateCcw, Save, Send } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { formatTime, type Key, t } from "../i18n";
import { say } from "../i18n/said";
import { download, findReceivers, type Format, formats, impression, keep, keeping, ownText, plainText, preview, reader, receivers, reportLanguage, saveVersion, send, takeUp, versions, wantsReport } from "../state/report";
import { about, notice, tell } from "../state/session";
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

const FILES: [string, string][] = [
  ["report.pdf", "PDF"],
  ["report.html", "HTML"],
  ["report.dcm", "DICOM"],
  ["fhir.json", "FHIR"],
];

function Sending() {
  const newest = versions.value[0];
  useEffect(() => void findReceivers(), []);
  if (!newest?.files.includes("report.dcm")) {
    return null;
  }
  if (receivers.value.length === 0) {
    return <p class="quiet note">{t("report.no_receiver")}</p>;
  }
  return (
    <div class="sign-row">
      {receivers.value.map((receiver) => {
        const to = receiver.kind === "dicomweb" ? t("report.archive") : receiver.name;
        return (
          <button key={receiver.name} type="button" class="small" data-send={receiver.name} disabled={keeping.value} onClick={() => void send(receiver.name, (count) => t("report.sent", { count, to }))}>
            <Send size={13} aria-hidden="true" />
            {t("report.send", { to })}
          </button>
        );
      })}
    </div>
  );
}

function Signing() {
  if (!about.value?.store) {
    return <p class="quiet">{t("report.no_store")}</p>;
  }
  const done = (count: number) => t("report.kept", { count });
  return (
    <section class="signing" aria-labelledby="signing-title">
      <h2 id="signing-title">{t("report.sign.title")}</h2>
      <div class="sign-row">
        <input type="text" data-reader maxLength={200} autocomplete="name" aria-label={t("report.name")} placeholder={t("report.name")} value={reader.value} onInput={(event) => (reader.value = event.currentTarget.value)} />
        <button type="button" class="small strong" data-action="sign" disabled={keeping.value || !reader.value.trim()} onClick={() => void keep(true, done)}>
          <PenLine size={13} aria-hidden="true" />
          {t("report.sign")}
        </button>
        <button type="button" class="small" data-action="keep" disabled={keeping.value} onClick={() => void keep(false, done)}>
          <Save size={13} aria-hidden="true" />
          {t("report.keep")}
        </button>
      </div>
      {keeping.value && <p class="quiet" role="status">{t("report.keeping")}</p>}
      <Sending />
      {versions.value.length > 0 && (
        <ol class="versions">
          {versions.value.map((kept, at) => (
            <li key={`${kept.id} ${kept.version}`} data-version={versions.value.length - at}>
              <span class="what">
                <b>{t("report.version", { number: versions.value.length - at })}</b> <span class="quiet">{formatTime(kept.time)}</span>
                <span class={kept.signature ? "signed" : "quiet"}>{kept.signature ? t("report.signed", { name: kept.signature.name }) : t("report.draft")}</span>
              </span>
              <span class="files">
                {FILES.filter(([file]) => kept.files.includes(file)).map(([file, label]) => (
                  <button key={file} type="button" class="link" data-file={file} onClick={() => void saveVersion(kept, file)}>
                    {label}
                  </button>
                ))}
                <button type="button" class="link" data-action="take-up" onClick={() => void takeUp(kept)}>
                  {t("report.take_up")}
                </button>
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
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
      <Signing />
      {preview.value === null ? <div class="sheet waiting" aria-busy="true" /> : <Sheet html={preview.value} />}
    </div>
  );
}
