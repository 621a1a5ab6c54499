/** Everything that the control plane can object to. Sorted by code. */
import { type ErrorMaker, errorMaker } from '@palier/base/error';

export const catalogue = {
  PALIER_BALANCER_FAILED: {
    message: 'The balancer does not run ({how}); it should, because every request passes through it.',
    hint: 'Start again; if it stays so, the words in parentheses tell what it objects to.',
    retry: 'now',
  },
  PALIER_CHANGE_FAILED: {
    message:
      '{replica} did not become healthy after its service was changed; it should run with the change as without.{output}',
    hint: 'See whether the service can have the value that "tunables" names, or the allotment that was tried.',
    retry: 'never',
  },
  PALIER_COMMAND_MISSING: {
    message: '{service}: there is no program "{program}" ({where}); its command should begin with one that can be run.',
    hint: 'Install it, or write its path relative to the service\'s folder with "./" in front. PATH is {path}.',
    retry: 'never',
  },
  PALIER_FOLDER_MISSING: {
    message: '{service}: the folder {folder} does not exist; it should, because the service runs there.',
    hint: 'Mend "cwd" of the service, which is relative to the config file.',
    retry: 'never',
  },
  PALIER_KEEPER_LOST: {
    message: 'The keeper process ended ({how}) while replicas ran; it should outlive them. The replicas were ended.',
    hint: 'Somebody killed it, or the machine is out of memory. Start again.',
    retry: 'now',
  },
  PALIER_KEEPER_START: {
    message: 'The keeper process did not start ({how}); it should be ready within {seconds} s.',
    hint: 'Start again; if it stays so, the lines above tell what Node objects to.',
    retry: 'now',
  },
  PALIER_LISTEN_TAKEN: {
    message: 'The port {port} of {service} is taken{holder}; it should be free.',
    hint: 'Stop what holds it, or leave "listen" of {service} out of the config file to have any free port.',
    retry: 'later',
  },
  PALIER_PORTS_TAKEN: {
    message: 'None of {tries} ports tried from {first} to {last} is free on 127.0.0.1; one a replica is needed.',
    hint: 'See with "ss -ltn" what listens on this machine.',
    retry: 'later',
  },
  PALIER_PREPARE_FAILED: {
    message: '{service}: the preparation "{command}" ended with {how}; it should end with exit code 0.{output}',
    hint: 'Run the command by hand in the folder {folder}.',
    retry: 'never',
  },
  PALIER_PREPARE_TIMEOUT: {
    message: '{service}: the preparation "{command}" did not end within {seconds} s; it should.{output}',
    hint: 'A preparation must end by itself; a program that stays belongs in a service of its own.',
    retry: 'never',
  },
  PALIER_SCALE_RANGE: {
    message: '{service} was asked to have {count} replicas; it should be a whole number from {min} to {max}.',
    hint: 'Change "replicas" of the service in the config file.',
    retry: 'never',
  },
  PALIER_SERVICE_UNKNOWN: {
    message: 'There is no service "{service}"; it should be one of: {services}.',
    hint: 'Take a name that stands in the config file.',
    retry: 'never',
  },
  PALIER_START_CRASHED: {
    message: '{replica} ended while it started, with {how}; it should stay and answer.{output}',
    hint: '{note}Run its command by hand in the folder {folder} with PORT={port}.',
    retry: 'never',
  },
  PALIER_START_STOPPED: {
    message: 'The start was broken off; the system should have been left to start.',
    hint: 'Start again.',
    retry: 'now',
  },
  PALIER_START_UNHEALTHY: {
    message: '{replica} was not healthy within {seconds} s ({answer}); GET {path} should answer {expected}.{output}',
    hint: '{note}It must listen on 127.0.0.1 at the port in the variable PORT (here {port}); a slow start needs a longer "startTimeout".',
    retry: 'never',
  },
  PALIER_STATE_FOLDER: {
    message: 'The folder {folder} cannot be written ({how}); palier should be able to keep the run and its data there.',
    hint: 'Let your user write in the folder of the config file, or copy that folder to where you may.',
    retry: 'never',
  },
  PALIER_SYSTEM_RUNNING: {
    message: '{system} is already run by another palier (pid {pid}); only one should run it.',
    hint: 'Stop that one, or load it as it is: palier load takes its addresses from {file}.',
    retry: 'later',
  },
  PALIER_TEMPLATE_UNKNOWN: {
    message: '{service}: env.{name} holds {template}; it should be one of: {known}.',
    hint: 'Mend the variable in the config file.',
    retry: 'never',
  },
} as const;

export type ControlErrorCode = keyof typeof catalogue;

export const controlError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);
