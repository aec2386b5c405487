// Every page: the script behind plain forms and links. Each part does one
// thing and leaves the page working where it is missing.
import htmx from "htmx.org";
import { followForms } from "./lib/forms";
import { followToken } from "./lib/token";
import { followCopies } from "./lib/copy";
import { followMenus } from "./lib/menus";
import { followNames } from "./lib/naming";
import { followParts } from "./lib/parts";
import { followPrints } from "./lib/print";
import "./elements/theme-switch";
import "./elements/sortable-table";
import "./elements/upload-list";
import "./elements/job-progress";
import "./elements/file-preview";
import "./elements/re-read";
import "./elements/code-tree";
import "./elements/theme-board";
import "./elements/theme-map";
import "./elements/code-table";
import "./elements/code-consequence";
import "./elements/code-pairs";
import "./elements/live";
import "./elements/ask-rows";
import "./elements/ask-copy";
import "./elements/search-all";
import "./elements/theme-page";
import "./elements/review-reader";
import "./elements/ask-rows";
import "./elements/ask-copy";
import "./elements/search-all";

htmx.config.includeIndicatorCSS = false;

followToken();
followParts();
followNames();
followForms();
followCopies();
followMenus();
followPrints();
