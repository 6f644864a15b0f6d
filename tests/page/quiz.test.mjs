// The quiz: what the learner is shown at each step, and that nothing on the way tells the truth before it was ranked.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { journeys, leave, openPage, shoot, sizes } from "./page.mjs";

const { skip, server, browser } = journeys();

/** Keeps what the server answers to the quiz, as text. */
function listen(page) {
  const heard = [];
  page.on("response", (response) => {
    if (/\/api\/v1\/quiz/.test(response.url())) {
      heard.push(response.body().then((body) => `${response.request().method()} ${response.url()} ${JSON.stringify(response.headers())} ${body.toString("latin1")}`, () => ""));
    }
  });
  return heard;
}

/** The page's markup but for the choices, which name every diagnosis. */
const markup = (page) =>
  page.evaluate(() => {
    const copy = document.documentElement.cloneNode(true);
    copy.querySelectorAll("section.choices").forEach((list) => list.remove());
    return copy.outerHTML;
  });

async function assertHidden(texts, truth, name) {
  for (const text of texts) {
    assert.ok(!text.includes(truth) && !text.includes(name), `${truth} is told before the ranking: ${text.slice(0, 200)}`);
  }
}

async function assertReasoned(page, truth) {
  assert.equal(await page.getAttribute(".bars .truth", "data-ranked"), truth);
  assert.ok((await page.locator("[data-reasoning] .bars li").count()) >= 5);
  assert.ok((await page.locator("[data-reasons] li").count()) > 0, "the program gives no reason");
  assert.match(await page.textContent("[data-reasons] li >> nth=0"), /[×÷] [\d.> ]+.{20,}/);
}

test("a published patient: part by part, ranked, then the truth, the program's reasons and a score that stays", { skip, timeout: 120000 }, async () => {
  const page = await openPage(browser, server.url);
  const heard = listen(page);
  await page.goto(`${server.url}#/quiz`);
  await page.waitForSelector(".step");
  await page.click("[data-kind=case]");
  await page.waitForSelector(".step");
  assert.equal(await page.locator(".step").count(), 1);
  assert.ok(await page.locator("[data-action=answer][disabled]").count(), "an answer without a diagnosis");
  let parts = 1;
  for (; await page.locator("[data-action=more]").count(); parts += 1) {
    await page.click("[data-action=more]");
    await page.waitForFunction((wanted) => document.querySelectorAll(".step").length === wanted, parts + 1);
    if (parts === 1) {
      await page.reload(); // the question is still the same
      await page.waitForFunction(() => document.querySelectorAll(".step").length === 2);
    }
  }
  await page.click("[data-choice=metastasis]");
  await page.click("[data-choice=chordoma]");
  await page.click("[data-choice=lymphoma]");
  await page.click("[data-choice=metastasis]");
  assert.deepEqual(await page.$$eval("[data-choice][aria-pressed=true]", (all) => all.map((one) => one.textContent.slice(0, 2)).sort()), ["1.", "2."]);
  await shoot(page, "quiz-case");
  const before = [await markup(page), ...(await Promise.all(heard))];
  await page.click("[data-action=answer]");
  await page.waitForSelector("[data-answer]");
  const truth = await page.getAttribute("[data-answer]", "data-answer");
  await assertHidden(before, `"${truth}"`, `>${await page.textContent(".verdict a")}<`);
  await assertReasoned(page, truth);
  await shoot(page, "quiz-answer");
  const points = await page.getAttribute("[data-score]", "data-score");
  await page.reload();
  await page.waitForSelector(`[data-score="${points}"]`);
  await page.waitForSelector(".score-chart rect");
  assert.equal(await page.getAttribute("[data-answer]", "data-answer"), truth);
  assert.equal(await page.locator(".score-chart rect").count(), 1, "a reload counts the answer again");
  await page.click("[data-action=next]");
  await page.waitForSelector("[data-answer]", { state: "detached" });
  await leave(page);
});

test("a phantom: its series as images, findings of its truth step by step, nothing that names it, then the answer", { skip, timeout: 180000 }, async () => {
  const page = await openPage(browser, server.url);
  const heard = listen(page);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${server.url}#/quiz`);
  await page.click("[data-kind=phantom]");
  await page.waitForSelector(".quiz-images [data-shown=ct]", { timeout: 90000 });
  assert.equal(await page.locator(".step").count(), 0, "findings stand beside the images from the first");
  const drawn = async () => (await page.locator(".quiz-images canvas").screenshot()).toString("base64");
  const first = await drawn();
  await page.click("[data-window=soft]");
  await page.waitForTimeout(300);
  const soft = await drawn();
  assert.notEqual(soft, first, "the window changes nothing");
  assert.ok(await page.evaluate(() => {
    const key = document.querySelector("[data-series=ct]").getBoundingClientRect();
    return key.bottom <= document.querySelector(".quiz-images .frame").getBoundingClientRect().top;
  }), "the images cover the choice of series");
  await page.focus(".quiz-images canvas");
  for (let slice = 0; slice < 4; slice++) {
    await page.keyboard.press("ArrowUp");
  }
  await page.waitForTimeout(300);
  assert.notEqual(await drawn(), soft, "the keys go through no slices");
  for (const series of ["t1", "t2", "stir", "t1c"]) {
    await page.click(`[data-series=${series}]`);
    await page.waitForSelector(`.quiz-images [data-shown=${series}]`, { timeout: 30000 });
  }
  await page.click("[data-series=t2]");
  await page.waitForSelector(".quiz-images [data-shown=t2]");
  await page.click("[data-action=more]");
  await page.waitForSelector("[data-part=site]");
  assert.equal(await page.locator(".step").count(), 1);
  while (await page.locator("[data-action=more]").count()) {
    const before = await page.locator(".step").count();
    await page.click("[data-action=more]");
    await page.waitForFunction((count) => document.querySelectorAll(".step").length > count, before);
  }
  assert.match(await page.textContent("[data-part=mr]"), /measured/);
  await page.click("[data-choice=chordoma]");
  for (const [name, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    await page.waitForTimeout(300);
    await shoot(page, `quiz-phantom-${name}`);
  }
  await page.setViewportSize(sizes.desk);
  const before = [await markup(page), ...asked, ...(await Promise.all(heard))];
  await page.click("[data-action=answer]");
  await page.waitForSelector("[data-answer]");
  const truth = await page.getAttribute("[data-answer]", "data-answer");
  await assertHidden(before, truth, await page.textContent(".verdict a"));
  assert.ok(!asked.some((url) => /knowledge\/diagnoses/.test(url)), "a picture of a diagnosis was asked for");
  await assertReasoned(page, truth);
  await page.locator("[data-answer]").scrollIntoViewIfNeeded();
  await shoot(page, "quiz-phantom-answer");
  await leave(page);
});

test("a server that was started again has no question any more: another one is asked", { skip, timeout: 60000 }, async () => {
  const page = await openPage(browser, `${server.url}#/quiz`);
  await page.waitForSelector(".step");
  page.expected.push(/404/);
  await page.evaluate(() => sessionStorage.setItem("dens.quiz.now", "0".repeat(32)));
  await page.reload();
  await page.waitForSelector(".step");
  await leave(page);
});
