// The images of a phantom question: one series in linked planes. Their addresses name the question and the series, nothing else.
import { useEffect, useRef, useState } from "preact/hooks";

import { request } from "../api";
import { type Key, t } from "../i18n";
import { tell } from "../state/session";
import { windows } from "../state/viewing";
import { Screen } from "../viewing/screen";

const windowNames = ["bone", "soft"] as const;
const steps: Record<string, [number, number, number]> = { ArrowUp: [0, 0, 1], ArrowDown: [0, 0, -1], ArrowLeft: [1, 0, 0], ArrowRight: [-1, 0, 0] };

export function QuizImages({ id, series }: { id: string; series: string[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [screen, setScreen] = useState<Screen | null>(null);
  const [shown, setShown] = useState(series[0] ?? "ct");
  const [ready, setReady] = useState("");
  const [preset, setPreset] = useState<(typeof windowNames)[number]>("bone");
  useEffect(() => {
    const made = new Screen(canvas.current as HTMLCanvasElement);
    made.start().then(() => setScreen(made), tell);
    return () => made.end();
  }, []);
  useEffect(() => {
    if (!screen) {
      return;
    }
    const call = new AbortController();
    request("GET", `/quiz/${id}/series/${shown}/volume`, { signal: call.signal })
      .then((answer) => answer.arrayBuffer())
      .then((bytes) => screen.open(bytes, "volume.nii"))
      .then(() => !call.signal.aborted && setReady(`${id} ${shown}`))
      .catch(tell);
    return () => call.abort();
  }, [screen, id, shown]);
  const isReady = ready === `${id} ${shown}`;
  useEffect(() => {
    if (screen && isReady) {
      screen.setWindow((shown === "ct" && windows[preset]) || screen.usualWindow);
    }
  }, [screen, isReady, shown, preset]);
  const onKey = (event: KeyboardEvent): void => {
    const way = steps[event.key];
    if (way && screen && isReady) {
      event.preventDefault();
      screen.step(...way);
    }
  };
  return (
    <section class="quiz-images" aria-label={t("quiz.images")}>
      <div class="image-choices">
        <div class="choices" role="group" aria-label={t("room.series")}>
          {series.map((name) => (
            <button key={name} type="button" aria-pressed={name === shown} data-series={name} onClick={() => setShown(name)}>
              {t(`series.${name}` as Key)}
            </button>
          ))}
        </div>
        {shown === "ct" && (
          <div class="choices" role="group" aria-label={t("viewer.window")}>
            {windowNames.map((name) => (
              <button key={name} type="button" aria-pressed={name === preset} data-window={name} onClick={() => setPreset(name)}>
                {t(`window.${name}` as Key)}
              </button>
            ))}
          </div>
        )}
      </div>
      <div class="frame sl-theme-dark" data-shown={isReady ? shown : undefined} aria-busy={!isReady}>
        <canvas ref={canvas} tabIndex={0} role="img" aria-label={t("quiz.images_of", { series: t(`series.${shown}` as Key) })} onKeyDown={onKey} />
        {!isReady && <p class="quiet">{t("atlas.loading")}</p>}
      </div>
      <p class="quiet">{t("quiz.images_told")}</p>
    </section>
  );
}
