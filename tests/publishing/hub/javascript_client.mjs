// Uses the Hub with @huggingface/hub as a JavaScript program would; prints what it saw as JSON.
import * as hub from "@huggingface/hub";

const [hubUrl, accessToken, size] = process.argv.slice(2);
const repo = { type: "model", name: "org/from-js" };
const common = { hubUrl, accessToken, repo };
const weights = new Uint8Array(Number(size)).map((_, i) => i % 251);

async function text(path, more = {}) {
	const blob = await hub.downloadFile({ ...common, path, ...more });
	return blob === null ? null : await blob.text();
}

const seen = { user: (await hub.whoAmI({ hubUrl, accessToken })).name };
seen.created = await hub.createRepo({ ...common, visibility: "private" });
const first = await hub.commit({
	...common,
	title: "from JavaScript",
	operations: [
		{ operation: "addOrUpdate", path: "README.md", content: new Blob(["# From JavaScript\n"]) },
		{ operation: "addOrUpdate", path: "model.safetensors", content: new Blob([weights]) },
		{ operation: "addOrUpdate", path: "a/b.txt", content: new Blob(["b"]) },
	],
});
await hub.createBranch({ ...common, branch: "kept" });
await hub.deleteFile({ ...common, path: "a/b.txt" });

seen.files = [];
for await (const file of hub.listFiles({ ...common, recursive: true })) {
	seen.files.push([file.type, file.path, file.lfs?.size ?? null]);
}
seen.readme = await text("README.md");
seen.kept = await text("a/b.txt", { revision: "kept" });
seen.absent = await text("absent.txt");
const found = await hub.downloadFile({ ...common, path: "model.safetensors" });
const bytes = new Uint8Array(await found.arrayBuffer());
seen.weights = bytes.length === weights.length && bytes.every((b, i) => b === weights[i]);
const info = await hub.fileDownloadInfo({ ...common, path: "model.safetensors" });
seen.size = info.size;
seen.info = (await hub.modelInfo({ ...common, name: repo.name })).private;
seen.paths = (await hub.pathsInfo({ ...common, paths: ["README.md", "absent"] })).map((p) => p.path);
seen.exists = await hub.repoExists({ repo, hubUrl, accessToken });
seen.hidden = await hub.repoExists({ repo, hubUrl }).catch((error) => error.statusCode);
seen.stale = await hub
	.commit({
		...common,
		title: "late",
		parentCommit: first.commit.oid,
		operations: [{ operation: "addOrUpdate", path: "x.txt", content: new Blob(["x"]) }],
	})
	.catch((error) => error.statusCode);
seen.titles = [];
for await (const commit of hub.listCommits(common)) {
	seen.titles.push(commit.title);
}
console.log(JSON.stringify(seen));
