// Parses the queries on stdin, `{columns: [{name, type}], queries: {name: text}}`, with Microsoft's own language service
// and the table's schema, and prints what it finds wrong, `{name: [message]}`.
const path = require("path");

const folder = path.join(process.argv[2], "node_modules", "@kusto", "language-service-next");
require(path.join(folder, "bridge.js"));
require(path.join(folder, "Kusto.Language.Bridge.js"));

const { columns, queries, table } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { GlobalState, KustoCode } = Kusto.Language;
const { DatabaseSymbol, TableSymbol } = Kusto.Language.Symbols;
const schema = "(" + columns.map(({ name, type }) => `${name}: ${type}`).join(", ") + ")";
const symbol = TableSymbol.From(schema).WithName(table);
const globals = GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor("logs", [symbol]));

const found = {};
for (const [name, text] of Object.entries(queries)) {
  const diagnostics = KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics();
  found[name] = Array.from({ length: diagnostics.Count }, (_, at) => diagnostics.getItem(at).Message);
}
console.log(JSON.stringify(found));
