// The studies that are kept, and the series of the one that is open.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { getJson, type StoreRecord } from "../api";
import { formatTime, t } from "../i18n";
import { addressOf } from "../state/route";
import { about, tell } from "../state/session";
import { shown, study } from "../state/study";

const records = signal<StoreRecord[] | null>(null);

async function list(): Promise<void> {
  try {
    records.value = await getJson<StoreRecord[]>("/studies");
  } catch (fault) {
    tell(fault);
  }
}

function Studies() {
  const keeps = about.value?.store;
  useEffect(() => {
    if (keeps) {
      void list();
    }
  }, [keeps]);
  return (
    <ul class="studies">
      {(records.value ?? []).map((record) => (
        <li key={record.id}>
          <a href={addressOf("room", [record.id])} aria-current={study.value?.id === record.id ? "true" : undefined}>
            {formatTime(record.time)}
          </a>
        </li>
      ))}
    </ul>
  );
}

export function Worklist() {
  return (
    <>
      <h2>{t("worklist.title")}</h2>
      <Studies />
      <ul class="series">
        {(study.value?.series ?? []).map((series, at) => (
          <li key={at}>
            <button type="button" aria-pressed={shown.value.includes(at)} onClick={() => (shown.value = [at])}>
              <b>{series.role}</b> {series.description}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
