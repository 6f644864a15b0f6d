import { t } from "../i18n";

export function FollowUp() {
  return <main class="followup">{t("view.followup")}</main>;
}
