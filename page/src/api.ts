// The HTTP interface of schema/openapi.yaml. Every fault is a Problem: what the server said, or that it was not reached.

export interface ProblemDetail {
  title: string;
  status: number; // 0: the server was not reached
  detail: string;
  where?: string;
}

export class Problem extends Error {
  constructor(readonly problem: ProblemDetail) {
    super(problem.where ? `${problem.where}: ${problem.detail}` : problem.detail);
  }
  get isOffline(): boolean {
    return this.problem.status === 0;
  }
}

const PREFIX = "/api/v1";
const TOKEN_KEY = "dens.token";

/** A server that others reach prints its address with #token=…; it is kept for this tab and taken out of the address. */
export function takeToken(): void {
  const found = /(?:^#|&)token=([^&]+)/.exec(location.hash);
  if (found?.[1]) {
    sessionStorage.setItem(TOKEN_KEY, decodeURIComponent(found[1]));
    history.replaceState(null, "", location.pathname);
  }
}

export interface Answer<T> {
  body: T;
  headers: Headers;
}

function headersOf(type: string | null, more: Record<string, string>): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  return { ...(type ? { "Content-Type": type } : {}), ...(token ? { Authorization: `Bearer ${token}` } : {}), ...more };
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback: ProblemDetail = { title: response.statusText, status: response.status, detail: `${response.status} ${response.statusText}` };
  try {
    return new Problem({ ...fallback, ...((await response.json()) as Partial<ProblemDetail>) });
  } catch {
    return new Problem(fallback);
  }
}

export interface RequestOptions {
  body?: BodyInit | null;
  type?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Any request; the response is one of success. */
export async function request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(PREFIX + path, {
      method,
      body: options.body ?? null,
      headers: headersOf(options.type ?? null, options.headers ?? {}),
      signal: options.signal ?? null,
    });
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === "AbortError") {
      throw fault;
    }
    throw new Problem({ title: "Not reached", status: 0, detail: "the server is not reached" });
  }
  if (!response.ok) {
    throw await problemOf(response);
  }
  return response;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request("GET", path, signal ? { signal } : {});
  return (await response.json()) as T;
}

export async function sendJson<T>(method: "POST" | "PUT" | "DELETE", path: string, value: unknown, options: RequestOptions = {}): Promise<Answer<T>> {
  const response = await request(method, path, { ...options, body: JSON.stringify(value), type: "application/json" });
  const text = await response.text();
  return { body: (text ? JSON.parse(text) : null) as T, headers: response.headers };
}

/** A body that may be big, with progress from 0 to 1. */
export function upload<T>(path: string, body: Blob, type: string, onProgress: (share: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", PREFIX + path);
    for (const [name, value] of Object.entries(headersOf(type, {}))) {
      call.setRequestHeader(name, value);
    }
    call.upload.onprogress = (event) => onProgress(event.lengthComputable && event.total > 0 ? event.loaded / event.total : 0);
    call.onerror = () => reject(new Problem({ title: "Not reached", status: 0, detail: "the connection broke off" }));
    call.onabort = () => reject(new DOMException("aborted", "AbortError"));
    call.onload = () => {
      let value: unknown = null;
      try {
        value = JSON.parse(call.responseText);
      } catch {
        value = { title: call.statusText, status: call.status, detail: `${call.status} ${call.statusText}` };
      }
      if (call.status >= 200 && call.status < 300) {
        resolve(value as T);
      } else {
        reject(new Problem(value as ProblemDetail));
      }
    };
    signal?.addEventListener("abort", () => call.abort());
    call.send(body);
  });
}

export interface About {
  software: string;
  version: string;
  knowledge: string;
  store: boolean;
  most_upload_bytes: number;
}

export interface StoreRecord {
  id: string;
  version: number;
  time: string;
  of?: string;
}

export interface Series {
  number: number;
  modality: string;
  description: string;
  role: string;
  role_reason: string;
  columns: number;
  rows: number;
  slices: number;
  files: number;
  mask: boolean;
  problem?: string;
}

/** How a study came, whose it is; of one that the node received, what became of it. */
export interface StudyEntry extends StoreRecord {
  origin?: "upload" | "archive" | "node";
  patient_name?: string; // a DICOM name: components by ^, representations by =
  date?: string; // YYYYMMDD
  description?: string;
  modalities?: string[];
  node?: { callers: string[]; state: "done" | "failed" | "unmatched"; reason?: string; evaluation: number; case?: string; result?: string; mask?: string };
}

export interface Study extends StudyEntry {
  series: Series[];
  ignored_files: number;
}

export interface FindingValue {
  id: string;
  label: string;
  definition?: string;
  parent?: string;
}

export interface Finding {
  id: string;
  section: string;
  label: string;
  definition: string;
  kind: string;
  section_label: string;
  sign: string;
  use: string;
  examinations: string[];
  unit?: string;
  minimum?: number;
  maximum?: number;
  values?: FindingValue[];
  [more: string]: unknown;
}

export interface Vocabulary {
  findings: Finding[];
  examinations: { id: string; label: string; [more: string]: unknown }[];
  diagnoses: { id: string; name: string; group: string; [more: string]: unknown }[];
}

/** dens-case/1 */
export interface CaseDocument {
  format: "dens-case/1";
  id: string;
  patient: { age?: number; sex?: string };
  examinations?: Record<string, string>;
  findings: Record<string, unknown>;
  [more: string]: unknown;
}

export interface Ranked {
  diagnosis: string;
  probability: number;
  interval: [number, number];
  [more: string]: unknown;
}

/** dens-result/1, as far as every view needs it. */
export interface ResultDocument {
  ranking: Ranked[];
  [more: string]: unknown;
}
