/** The page that logs in, and leads on to where the reader wanted to go. */
import { element, fill } from '../element.ts';
import { type Draw, faultText, field, troubleLine } from '../view.ts';

export const drawLogin: Draw = async ({ api, speech, query, go }) => {
  const { say } = speech;
  const back = query.get('to');
  const trouble = troubleLine();
  const button = element('button', {}, say('login.do'));
  const name = element('input', { name: 'login', autocomplete: 'username', required: true, autocapitalize: 'none' });
  const password = element('input', {
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const submit = async (): Promise<void> => {
    button.disabled = true;
    fill(button, say('login.doing'));
    fill(trouble);
    try {
      await api.logIn(name.value, password.value);
      // An address of our own only: `//elsewhere` is somebody else's.
      go(back !== null && /^\/(?![/\\])/.test(back) ? back : '/');
    } catch (error) {
      fill(trouble, faultText(error, speech));
      password.select();
    } finally {
      button.disabled = false;
      fill(button, say('login.do'));
    }
  };
  const form = element(
    'form',
    {
      class: 'narrow',
      on: {
        submit: (event) => {
          event.preventDefault();
          void submit();
        },
      },
    },
    back === null ? null : element('p', {}, say('login.over')),
    field(say('login.name'), name),
    field(say('login.password'), password),
    trouble,
    button,
  );
  return { title: say('page.login'), body: form };
};
