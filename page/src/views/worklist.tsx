// The series of the open study with their roles, the levels, the studies that are kept, and where new ones are handed in.
import { signal } from "@preact/signals";
import { Columns2, DatabaseZap, FolderUp, X } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { getJson, request, type Series, sendJson, type Study, type StudyEntry } from "../api";
import { formatDicomDay, formatName, formatTime, type Key, t } from "../i18n";
import { say } from "../i18n/said";
import { filesOf, type Handed, type Use, uses } from "../parts/intake";
import { archive, fetching, fetchProblem, fetchStudy, findArchive, findStudies, forgetFetch, found, keys as archiveKeys, type ArchiveKey } from "../state/archive";
import { cancel, choices, phase, proceed, share, stored, take, tellBrokenOff } from "../state/intake";
import { onSeries, openLesion } from "../state/lesion";
import { addressOf } from "../state/route";
import { about, offline, tell } from "../state/session";
import { put, renew, shown, study } from "../state/study";
import { levels, screens } from "../state/viewing";
import { show } from "../viewing/keys";

const LIST_MS = 4000; // how soon a study that the node received is seen

const records = signal<StudyEntry[] | null>(null);
const dragged = signal(false);
const seriesRoles = uses.slice(0, uses.indexOf("lesion"));

async function list(): Promise<void> {
  try {
    const now = await getJson<StudyEntry[]>("/studies");
    if (JSON.stringify(now) !== JSON.stringify(records.value)) {
      records.value = now;
    }
  } catch (fault) {
    tell(fault);
  }
}

function pickFiles(folder: boolean): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.webkitdirectory = folder;
  input.onchange = () => void take([...(input.files ?? [])].map((file): Handed => ({ name: file.name, file })));
  input.click();
}

function onDragOver(event: DragEvent): void {
  if (event.dataTransfer?.types.includes("Files")) {
    event.preventDefault();
    dragged.value = true;
  }
}

function onDragLeave(event: DragEvent): void {
  if (event.relatedTarget === null) {
    dragged.value = false;
  }
}

function onDrop(event: DragEvent): void {
  event.preventDefault();
  dragged.value = false;
  if (event.dataTransfer) {
    filesOf(event.dataTransfer).then(take, tell);
  }
}

function Choose() {
  return (
    <sl-dialog label={t("intake.choose")} open class="choose" onsl-request-close={() => cancel()}>
      <p class="quiet">{t("intake.choose_how")}</p>
      <table>
        <tbody>
          {[...choices.value].map(([one, use]) => (
            <tr key={one.name}>
              <td>{one.name}</td>
              <td>
                <select aria-label={one.name} value={use} onChange={(event) => (choices.value = new Map(choices.value).set(one, event.currentTarget.value as Use))}>
                  {uses.map((name) => <option key={name} value={name}>{name === "lesion" || name === "labels" || name === "leave" ? t(`use.${name}` as Key) : name.toUpperCase()}</option>)}
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div slot="footer">
        <button type="button" class="plain" onClick={cancel}>{t("intake.cancel")}</button>
        <button type="button" class="primary" data-action="send" onClick={() => void proceed()}>{t("intake.send")}</button>
      </div>
    </sl-dialog>
  );
}

/** A study of the archive that the server was started with, by one of its keys. */
function FromArchive() {
  const [key, setKey] = useState<ArchiveKey>("accession");
  const [value, setValue] = useState("");
  const isBusy = fetching.value !== null;
  const close = (done: boolean): void => {
    if (done) {
      found.value = [];
      archiveOpen.value = false;
    }
  };
  return (
    <sl-dialog label={t("archive.title")} open class="choose archive" onsl-request-close={() => (forgetFetch(), (archiveOpen.value = false))}>
      <form id="from-archive" onSubmit={(event) => (event.preventDefault(), void findStudies(key, value).then(close))}>
        <p class="quiet">{t("archive.how")}</p>
        <div class="archive-row">
          <select aria-label={t("archive.key")} data-archive-key value={key} disabled={isBusy} onChange={(event) => (setKey(event.currentTarget.value as ArchiveKey), setValue(""), (found.value = []))}>
            {archiveKeys.map((name) => <option key={name} value={name}>{t(`archive.key.${name}` as Key)}</option>)}
          </select>
          <input type={key === "date" ? "date" : "text"} data-archive-value autocomplete="off" spellcheck={false} maxLength={64} aria-label={t(`archive.key.${key}` as Key)} value={value} disabled={isBusy} onInput={(event) => setValue(event.currentTarget.value)} />
        </div>
        <p class={fetchProblem.value ? "refusal" : "quiet"} role="status" data-archive-told>
          {isBusy && <sl-spinner />}
          {isBusy ? t("archive.under_way") : fetchProblem.value}
        </p>
        {found.value.length > 0 && !isBusy && (
          <>
            <p class="quiet">{t("archive.several", { count: found.value.length })}</p>
            <ul class="archive-found">
              {found.value.map((one) => (
                <li key={one.study}>
                  <button type="button" class="plain" data-found={one.study} onClick={() => void fetchStudy(one.study).then(close)}>
                    <span class="number">{one.date ? formatDicomDay(one.date) : "–"}</span>
                    <b>{one.modalities.join(", ")}</b>
                    <span>{one.description}</span>
                    <span class="quiet number">{one.series === undefined ? "" : t("archive.series", { count: one.series })}</span>
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
      </form>
      <div slot="footer">
        <button type="button" class="plain" onClick={() => (forgetFetch(), (archiveOpen.value = false))}>{t("intake.cancel")}</button>
        <button type="submit" form="from-archive" class="primary" data-action="fetch" disabled={isBusy || !value.trim()}>{t("archive.fetch")}</button>
      </div>
    </sl-dialog>
  );
}
const archiveOpen = signal(false);

function Intake() {
  const here = phase.value;
  const keeps = about.value?.store;
  useEffect(() => {
    if (keeps) {
      void findArchive();
    }
  }, [keeps]);
  useEffect(() => {
    tellBrokenOff();
    addEventListener("dragover", onDragOver);
    addEventListener("dragleave", onDragLeave);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("dragleave", onDragLeave);
      removeEventListener("drop", onDrop);
    };
  }, []);
  if (here === "pack" || here === "send" || here === "read") {
    return (
      <div class="intake under-way" role="status" data-phase={here}>
        <span>{t(`intake.${here}` as Key, { percent: Math.round(100 * share.value) })}</span>
        <button type="button" class="icon" aria-label={t("intake.cancel")} title={t("intake.cancel")} onClick={cancel}><X size={14} aria-hidden="true" /></button>
        <progress max="1" value={here === "read" ? undefined : share.value} aria-label={t("intake.progress")} />
      </div>
    );
  }
  return (
    <div class="intake">
      <button type="button" class="primary" data-action="folder" onClick={() => pickFiles(true)}>
        <FolderUp size={15} aria-hidden="true" />
        {t("intake.folder")}
      </button>
      <button type="button" class="plain" data-action="files" onClick={() => pickFiles(false)}>{t("intake.files")}</button>
      {archive.value && (
        <button type="button" class="plain" data-action="archive" onClick={() => (archiveOpen.value = true)}>
          <DatabaseZap size={15} aria-hidden="true" />
          {t("archive.open")}
        </button>
      )}
      {archiveOpen.value && <FromArchive />}
      {here === "choose" && <Choose />}
      {dragged.value && <div class="drop-here"><p>{t("intake.drop")}</p></div>}
    </div>
  );
}

async function setRole(at: number, role: string): Promise<void> {
  try {
    put((await sendJson<Study>("PUT", `/studies/${study.value?.id}/series/${at}/role`, { role })).body);
  } catch (fault) {
    tell(fault);
  }
}

/** A picture behind the bearer token cannot be an address alone: it is fetched. */
function Thumbnail({ of, at }: { of: string; at: number }) {
  const address = thumbnails.value.get(`${of}/${at}`);
  useEffect(() => {
    if (!thumbnails.value.has(`${of}/${at}`)) {
      request("GET", `/studies/${of}/series/${at}/thumbnail`)
        .then((answer) => answer.blob())
        .then((blob) => (thumbnails.value = new Map(thumbnails.value).set(`${of}/${at}`, URL.createObjectURL(blob))), () => undefined); // the row tells the series' own fault
    }
  }, [of, at]);
  return address ? <img src={address} alt="" width="52" height="52" /> : <span class="thumbnail" />;
}
const thumbnails = signal<ReadonlyMap<string, string>>(new Map());

function SeriesRow({ series, at }: { series: Series; at: number }) {
  const of = study.value?.id ?? "";
  const place = shown.value.indexOf(at);
  const name = series.description || series.modality || series.role;
  if (series.problem || series.mask) {
    return (
      <li class="series-row unread">
        <span class="series-name">{name}</span>
        <span class="quiet">{series.problem ?? t("series.mask")}</span>
      </li>
    );
  }
  return (
    <li class="series-row" data-shown={place >= 0 ? place + 1 : undefined}>
      <button type="button" class="series-open" data-series={at} aria-pressed={place >= 0} onClick={(event) => show(at, event.shiftKey)}>
        <Thumbnail of={of} at={at} />
        <span class="series-words">
          <span class="series-name">{name}</span>
          <span class="quiet number">{`${series.columns} × ${series.rows} × ${series.slices}`}</span>
        </span>
      </button>
      <span class="series-tools">
        <select class="role" aria-label={t("series.role", { series: name })} title={t("series.role_reason", { reason: series.role_reason })} value={series.role} onChange={(event) => void setRole(at, event.currentTarget.value)}>
          <option value="unknown">{t("series.unknown")}</option>
          {seriesRoles.map((role) => <option key={role} value={role}>{role.toUpperCase()}</option>)}
        </select>
        <button type="button" class="icon" aria-pressed={place === 1} aria-label={t("series.beside", { series: name })} title={t("series.beside", { series: name })} data-beside={at} onClick={() => show(at, true)}><Columns2 size={14} aria-hidden="true" /></button>
      </span>
    </li>
  );
}

function Levels() {
  return levels.value.length === 0 ? null : (
    <section class="level-list">
      <h2>{t("levels.title")}</h2>
      <div class="level-buttons">
        {levels.value.map(({ level, ras }) => (
          <button key={level} type="button" class="chip" data-level={level} onClick={() => screens.value[0]?.goTo(ras)}>{level}</button>
        ))}
      </div>
    </section>
  );
}

/** How a study came, in a word; the whole sentence where the reader rests on it. */
function Origin({ entry }: { entry: StudyEntry }) {
  const { origin, node } = entry;
  if (!origin) {
    return null; // stored by an earlier version of the program
  }
  const outcome = node && t(`worklist.node_${node.state}`, { reason: say(node.reason ?? "") });
  const sentence = [t(`origin.${origin}.long` as Key, { callers: node?.callers.join(", ") || "?" }), outcome].filter(Boolean).join("; ");
  return (
    <span class="origin" data-origin={origin} data-outcome={node?.state} title={sentence}>
      <span aria-hidden="true">{[t(`origin.${origin}` as Key), ...(node?.callers ?? [])].join(" ")}{node?.state === "done" ? " ✓" : ""}</span>
      <span class="only-heard">{sentence}</span>
    </span>
  );
}

function Row({ entry }: { entry: StudyEntry }) {
  const words = [entry.date && formatDicomDay(entry.date), entry.modalities?.join(", "), entry.description].filter(Boolean).join(" · ");
  return (
    <a href={addressOf("room", [entry.id])} data-study={entry.id} title={formatTime(entry.time)} aria-current={study.value?.id === entry.id ? "true" : undefined}>
      <span class="study-name">{entry.patient_name ? <bdi>{formatName(entry.patient_name)}</bdi> : <span class="quiet">{t("worklist.no_name")}</span>}</span>
      <Origin entry={entry} />
      <span class="study-words quiet number">{words || `${formatTime(entry.time)} · ${entry.id.slice(0, 6)}`}</span>
    </a>
  );
}

/** The open study as the store has it now has more images than the one that is shown. */
function MoreCame() {
  const open = study.value;
  const newest = records.value?.find((entry) => entry.id === open?.id);
  if (!open?.node || !newest?.node || newest.node.evaluation <= open.node.evaluation) {
    return null;
  }
  return (
    <p class="more-came" role="status">
      {t("worklist.more_came")}
      <button type="button" class="small" data-action="renew" onClick={renew}>{t("worklist.show_more")}</button>
    </p>
  );
}

function Studies() {
  const keeps = about.value?.store;
  useEffect(() => {
    if (!keeps) {
      return;
    }
    void list();
    const timer = setInterval(() => {
      if (!document.hidden && !offline.value) {
        void list();
      }
    }, LIST_MS);
    return () => clearInterval(timer);
  }, [keeps, stored.value]);
  if (about.value && !keeps) {
    return <p class="quiet">{t("intake.no_store")}</p>;
  }
  return (
    <section class="kept">
      <h2>{t("worklist.title")}</h2>
      {records.value?.length === 0 && <p class="quiet">{t("worklist.none")}</p>}
      <ul class="studies">
        {(records.value ?? []).map((record) => (
          <li key={record.id}>
            <Row entry={record} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Worklist() {
  const of = study.value?.id;
  useEffect(() => {
    if (of) {
      levels.value = [];
      void openLesion(of).then(() => {
        if (study.value?.id === of && onSeries.value !== null && shown.value[0] !== onSeries.value) {
          show(onSeries.value, false); // where the reader outlined it
        }
      });
    }
  }, [of]);
  return (
    <>
      <Intake />
      <MoreCame />
      {of && (
        <section>
          <h2>{t("room.series")}</h2>
          <ul class="series">
            {(study.value?.series ?? []).map((series, at) => <SeriesRow key={`${of}/${at}`} series={series} at={at} />)}
          </ul>
        </section>
      )}
      <Levels />
      <Studies />
    </>
  );
}
