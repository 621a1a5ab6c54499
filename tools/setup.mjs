// Brings the development set-up: the packages of the lock file, Node 24 among them. Does nothing when all is in place.
import { installPackages, root } from './install.mjs';

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(
    `set-up: this is Node ${process.versions.node}; the set-up needs Node 20 or newer, and brings the Node that Palier runs on by itself.`,
  );
  process.exit(1);
}
installPackages(root, 'the packages of package-lock.json, Node 24 among them', 'node');
